"""The sentences of the page of evidence."""

PREFACE = """# Findings of the review in trials of real people

Kind of evidence: **real behaviour**, trials of people whom others tested. Made by

    python benchmarks/evidence.py

from public data sets that are not part of this project (their sources and licences stand with each). The analysis is that of `empatune claims test`: the contrast of each person's own cell means, then over people. **estimate**: its mean with the 95 % interval of t; **p**: of that t, two-sided, which is
what the verdict goes by; **permutation p**: 10,000 flips of people's signs; **d_z**: mean in standard deviations of people's contrasts; **multilevel model**: REML on the trials with an effect that varies between people; **logistic**: multilevel logistic model of the choices in which every cell varies between
people (adaptive quadrature; up to four cells). **as predicted**: *agrees* or *contradicts* where the estimate can be told from 0 at .05, else *cannot be told*. Nothing is corrected for the number of tests.

![Six data sets: prosocial choices by motive, closeness over trials, trust by partner, choices to feel, task load, accepted efforts](evidence.png)

Black dots and bars: mean over people and its 95 % interval; small dots: people. The intervals include differences between people that the contrasts below, within people, do not.
"""

SAYS = """## Seen pain in the brain

Maps of seen pain against the component systems stand on [a page of their own](systems.md): mentalizing stands out and, of experience sharing, the right anterior insula leans the same way; ACC is absent.

## What it says

* **Motives move giving, and not all of the order can be told.** The means are in the order that was predicted: control .69 < reciprocity .74 < empathy .78 <= both .79. Empathy and both motives raise giving over the control (d_z .42 and .49). **Reciprocity alone does not, for certain** (d_z .22, p .22), and empathy
  over reciprocity cannot be told either (p .09). That both motives add up beyond empathy is not seen: .006, between -.03 and .04. Both beat reciprocity.
* **Closeness grows in both blocks and with both others; that seeing pain makes it grow faster is not shown.** Closeness to the one who is often in pain is no higher than to the control in block 1 (1.8 points of 100, p .21), nor does it grow faster (.08 points a trial more, p .48). What can be told is the
  interaction: compared with the control, closeness to that person falls from block 1 to block 2, when pain becomes rare (3.1 points, d_z .34, p .03). One test of several, uncorrected.
* **Friend > stranger > computer** in trust, each step by itself (d_z .67 and .35). Trust is not shared reward and shows no striatum: it stands beside the finding of Fareri 2012, in another task by the same kind of design.
* **Empathy is avoided**: people choose to feel in 38 to 40 % of trials, below half in three samples (d_z -.29 to -.35); and feeling is rated as more demanding, harder and less secure, and less successful, than describing (d_z .16 to .33: small). That load
  causes the avoidance does not follow.
* **Simulated people differ about as much as real ones.** Of 19 measures 16 have a standard deviation between people within a factor of 1.5 of the data's, and of 11 d_z that the data can tell 9 are within it. Five spreads were fitted to these tables
  ([how people differ](../framework.md#how-people-differ)), so that this is a fit and no test of the model. What it misses: both motives add up in it (.07 beyond empathy; in the data .006) and it does not put empathy above reciprocity (-.01 against .04, which the data cannot tell from 0); partners without a mind are
  too easily told apart from friends (d_z 1.4 against .74); acceptance of efforts for another differs too little between people. **Closeness under empathy learning** has no design in the library, and rated closeness in the model follows context, not trials.
  No table tells how much brains differ: sizes in regions follow from the spreads in behaviour and from the scanner's noise.
* **Effort deters, and more for another than for oneself.** Acceptance falls by 11 points of 100 a step for oneself, by 15 for another. Choices for oneself are near the ceiling at low effort, which alone can make slopes differ; on the logit scale the difference is there as well (-.28 a step, p .003), as long as
  recipient, effort and both together may vary between people. A logistic model without these gave the opposite sign.

What is not here: no data set tests the neural claims on groups, fairness or rivals; and none was collected to test this model.
"""

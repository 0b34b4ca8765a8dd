"""Learning with a habit: whatever was chosen last is chosen again a little more readily."""

from dataclasses import replace

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

learning = find_model("learning")


def start(values, trial):
    return {"cues": learning.start(values, trial), "last": jnp.zeros(())}


def expect(values, state, trial):
    return learning.expect(values, state["cues"], trial) + values["habit"] * state["last"]


def learn(values, state, trial):
    cues, made = learning.learn(values, state["cues"], trial)
    return {"cues": cues, "last": 2 * trial["choice"] - 1}, made


HABIT = Parameter(name="habit", summary="log odds of doing the same again", typical=0, spread=1)
MODEL = replace(learning, name="learning-habit", summary="learning and repeating", doi="",
                parameters=(*learning.parameters, HABIT),
                start=start, expect=expect, learn=learn,
                equations=learning.equations.replace("))", ") + h c_{last})"))  # fmt: skip

"""What every model of connections holds fixed: the balloon model of blood, the scanner, units.

Values of SPM12 r7771 (spm_fx_fmri, spm_gx_fmri), which TAPAS's regression DCM shares; see
Stephan et al. 2007 (doi:10.1016/j.neuroimage.2007.07.040).
"""

DECAY_HZ = 0.64
"""Decay of the vasodilatory signal [Hz]."""

AUTOREGULATION_HZ = 0.32
"""Feedback of blood flow on the signal [Hz]."""

TRANSIT_S = 2.0
"""Time that blood takes through the veins [s]."""

STIFFNESS = 0.32
"""Grubb's exponent: volume as a power of outflow."""

EXTRACTION = 0.4
"""Share of oxygen extracted at rest."""

VOLUME_PERCENT = 4.0
"""Venous blood volume at rest [percent]."""

ECHO_S = 0.04
"""Echo time [s]; SPM's observation equation holds it fixed too."""

INTRAVASCULAR_SLOPE_HZ = 25.0
"""Slope of the intravascular relaxation rate with oxygen extraction [Hz]."""

FREQUENCY_OFFSET_HZ = 40.3
"""Frequency offset at the surface of fully deoxygenated vessels [Hz]."""

DRIVE_SCALE = 16.0
"""Drives are in sixteenths of a hertz, in every model."""

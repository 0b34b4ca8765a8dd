"""The network of motives as a file for ``empatune connectivity fit``."""

from __future__ import annotations

from empatune.motives.network import EDGES, REGIONS, Side

_TEXT = """\
# The network in which motives show (Hein et al. 2016, doi:10.1126/science.aac7992).
# Write the names of your events below, then: empatune connectivity fit DATA THIS_FILE --out fits

[space]
name = "motives"
title = "Which connections a motive changes between ACC, AI and VS"
{regions}
# Decisions for the control partner and for the partner of the motive drive regions apart, so
# that more activity alone needs no other connections.
[inputs.control]
events = ["control"]
shape = "block"

[inputs.helping]
events = ["helping"]
shape = "block"

# On while it is the turn of the partner of the motive.
[inputs.motive]
events = ["motive"]
shape = "block"

[networks.motive]
edges = [{edges}]
driven = {{ control = [{names}], helping = [{names}] }}
modulated = {{ motive = [{edges}] }}
"""


def network_file(side: Side = "both") -> str:
    """
    Write the network of motives as a file of networks.

    Parameters
    ----------
    side : {'left', 'right', 'both'}
        Hemisphere of AI and VS.

    Returns
    -------
    str
        TOML with events to be named.
    """
    regions = "".join(
        f'\n[regions.{name}]\nsystem = "{name if name == "ACC" or side == "both" else f"{name} {side}"}"\n'
        for name in REGIONS
    )
    return _TEXT.format(
        regions=regions,
        edges=", ".join(f'"{origin}->{to}"' for origin, to in EDGES),
        names=", ".join(f'"{name}"' for name in REGIONS),
    )

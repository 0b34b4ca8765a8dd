"""What a path diagram shows: connections, what changes them, and what drives regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior

CERTAIN = 0.95
"""A connection at least as probable as this is drawn in full."""

_REACH = 1.959963984540054
"""Standard deviations to either end of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An arrow of a path diagram.

    Attributes
    ----------
    source, target : str
        Where it begins and ends; a drive begins at an input.
    mean, low, high : float
        Its strength and the ends of the 95 % interval.
    probability : float
        Opacity: how probable it is that the connection is there; NaN if only the interval tells.
    """

    source: str
    target: str
    mean: float
    low: float
    high: float
    probability: float = float("nan")

    @property
    def gone(self) -> bool:
        """Whether a search over models removed the connection."""
        return self.probability == 0

    @property
    def sure(self) -> bool:
        """Whether the connection is told from 0."""
        if np.isfinite(self.probability):
            return self.probability >= CERTAIN
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """One path diagram.

    Attributes
    ----------
    title : str
        What it shows.
    links : tuple of Link
        Connections between regions.
    drives : tuple of Link
        Arrows from inputs.
    within : mapping of str to str
        What is written into a region: its self-inhibition, or how this changes.
    """

    title: str
    links: tuple[Link, ...]
    drives: tuple[Link, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)


def diagrams_of_fit(posterior: Posterior, network: Network) -> tuple[Diagram, ...]:
    """
    Give the diagrams of a fit: without each modulating input, its change, and with it.

    Parameters
    ----------
    posterior : Posterior
        The fit's parameters.
    network : Network
        Its network.

    Returns
    -------
    tuple of Diagram
        The fixed connections with drives first; two more for every input (or region) that
        changes connections.
    """
    modulators = _modulators(network)
    single = len(modulators) == 1
    first = f"without {modulators[0][1]}" if single else "fixed connections"
    found = [_diagram(posterior, network, ("A",), first)]
    for key, name in modulators:
        found.append(_diagram(posterior, network, (key,), f"what {name} adds"))
        if not network.two_state:
            found.append(_diagram(posterior, network, ("A", key), f"with {name}"))
    return tuple(found)


def diagrams_of_effect(
    posterior: Posterior,
    network: Network,
    effect: str,
    *,
    probability: Mapping[str, float] | None = None,
) -> tuple[Diagram, ...]:
    """
    Give the diagrams of one effect of a group.

    Parameters
    ----------
    posterior : Posterior
        Effects of the group, named ``mean: A AI<-ACC``.
    network : Network
        The network of its participants.
    effect : str
        Which effect: ``mean``, or a covariate.
    probability : mapping of str to float, optional
        By parameter, how probable it is that it differs from 0; told from the posterior of each
        alone where left out.

    Returns
    -------
    tuple of Diagram
        One for every kind of parameter that the group has: A, and B of each input.
    """
    chances = probability or dict(zip(posterior.names, posterior.sign_probability, strict=True))
    found = []
    for key, name in (("A", ""), *_modulators(network)):
        words = f"what {name} adds" if name else "fixed connections"
        title = words if effect == "mean" else f"{effect}: {words}"
        made = _diagram(posterior, network, (key,), title, prefix=f"{effect}: ", chances=chances)
        if made.links or made.within:
            found.append(made)
    return tuple(found)


def strength_of(parameter: str, posterior: Posterior, *, prefix: str = "") -> Link | None:
    """
    Give one parameter as an arrow.

    Parameters
    ----------
    parameter : str
        Name such as ``A AI<-ACC`` or ``C AI<-events``.
    posterior : Posterior
        What holds it.
    prefix : str
        What stands before the names of the posterior.

    Returns
    -------
    Link or None
        The arrow; None where the parameter is fixed or not there.
    """
    return _summed((parameter,), posterior, prefix=prefix, chances=None)


def _modulators(network: Network) -> list[tuple[str, str]]:
    """Give the field and the name of every input or region that changes connections."""
    by_inputs = zip(network.inputs, network.modulations, strict=True)
    by_regions = zip(network.regions, network.gates, strict=True)
    return [
        *((f"B[{name}]", name) for name, changed in by_inputs if changed.any()),
        *((f"D[{name}]", name) for name, changed in by_regions if changed.any()),
    ]


def _diagram(
    posterior: Posterior,
    network: Network,
    keys: tuple[str, ...],
    title: str,
    *,
    prefix: str = "",
    chances: Mapping[str, float] | None = None,
) -> Diagram:
    """Put the arrows of fields together; several fields are added up."""
    links, within = [], {}
    for source in network.regions:
        for target in network.regions:
            names = tuple(f"{key} {target}<-{source}" for key in keys)
            link = _summed(names, posterior, prefix=prefix, chances=chances)
            if link is None:
                continue
            if source != target:
                links.append(_in_hertz(link, network, keys))
            elif not link.gone:
                change = prefix not in ("", "mean: ") or network.two_state or "A" not in keys
                within[source] = _own(link, change=change, logarithm=not in_hertz(posterior))
    drives = []
    if "A" in keys:
        for source in network.inputs:
            for target in network.regions:
                name = (f"C {target}<-{source}",)
                link = _summed(name, posterior, prefix=prefix, chances=chances)
                drives += [link] if link is not None else []
    return Diagram(title=title, links=tuple(links), drives=tuple(drives), within=within)


def _summed(
    names: Sequence[str],
    posterior: Posterior,
    *,
    prefix: str,
    chances: Mapping[str, float] | None,
) -> Link | None:
    """Add parameters up, with the covariance between them."""
    full = [prefix + name for name in names]
    places = [posterior.names.index(name) for name in full if name in posterior.names]
    if not any(posterior.free[place] for place in places):
        return _removed(full, names, chances)
    mean = float(posterior.mean[places].sum())
    sd = float(np.sqrt(posterior.covariance[np.ix_(places, places)].sum()))
    target, source = names[0].split(" ", 1)[1].split("<-")
    told = chances.get(full[0], float("nan")) if chances is not None else float("nan")
    return Link(
        source=source,
        target=target,
        mean=mean,
        low=mean - _REACH * sd,
        high=mean + _REACH * sd,
        probability=told,
    )


def _removed(
    full: Sequence[str], names: Sequence[str], chances: Mapping[str, float] | None
) -> Link | None:
    """Give the place of what a search removed; nothing for what was never there."""
    if chances is None or full[0] not in chances:
        return None
    target, source = names[0].split(" ", 1)[1].split("<-")
    return Link(source=source, target=target, mean=0.0, low=0.0, high=0.0, probability=0.0)


def _in_hertz(link: Link, network: Network, keys: tuple[str, ...]) -> Link:
    """Give a connection between two populations a region, which is estimated as a log, in hertz."""
    if not network.two_state or keys != ("A",):
        return link
    mean, low, high = (float(np.exp(each) / 8) for each in (link.mean, link.low, link.high))
    return Link(source=link.source, target=link.target, mean=mean, low=low, high=high)


def _own(link: Link, *, change: bool, logarithm: bool) -> str:
    """Write a self-connection: inhibition in hertz, or by how much its log changes."""
    if not logarithm:
        return _signed(link.mean)
    if change:
        return f"log {_signed(link.mean)}" + ("" if link.sure else "?")
    return _signed(-float(np.exp(link.mean)) / 2)


def in_hertz(posterior: Posterior) -> bool:
    """
    Tell whether self-connections are rates, as in regression DCM, and no logs of rates.

    Parameters
    ----------
    posterior : Posterior
        Parameters of a fit or a group.

    Returns
    -------
    bool
        Whether their prior mean inhibits by itself.
    """
    own = [
        place
        for place, name in enumerate(posterior.names)
        if "A " in name and "<-" in name and len(set(name.split("A ")[-1].split("<-"))) == 1
    ]
    return bool(own) and bool((posterior.prior_mean[own] < 0).any())


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−").replace("+0.00", "0.00").replace("−0.00", "0.00")

"""Records of every sort, made from what their fields may hold."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from loa.exchange import records
from loa.exchange.records import Media, Message, Part, Record
from loa.exchange.rendering import _bare

_LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
)
LINE = st.text(_LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
_VIETNAM = timezone(timedelta(hours=7))
MOMENT = st.datetimes(
    datetime(2001, 1, 1),  # noqa: DTZ001  the zone is added
    datetime(2199, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, _VIETNAM]),
).map(lambda moment: moment.replace(microsecond=0))

_BY_ALIAS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (records.Line, LINE),
    (records.Long, st.text(_LETTERS | st.just("\n"), min_size=1).map(str.strip).filter(bool)),
    (records.Id, st.from_regex(r"\A[A-Za-z0-9._:/-]{1,80}\Z")),
    (records.Code, st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z")),
    (records.Commune, st.from_regex(r"\A[0-9]{5}\Z")),
    (records.Area, st.from_regex(r"\A(vn|[0-9]{2}|[0-9]{5})\Z")),
    (records.Sha256, st.from_regex(r"\A[0-9a-f]{64}\Z")),
    (records.Url, st.from_regex(r"\Ahttps?://[!-~]{1,60}\Z")),
    (records.Language, st.from_regex(r"\A[a-z]{2,3}\Z")),
    (records.Moment, MOMENT),
    (records.Count, st.integers(0, 10**12)),
    (records.Percent, st.integers(0, 100)),
    (records.Latitude, st.floats(-90, 90)),
    (records.Longitude, st.floats(-180, 180)),
    (bool, st.booleans()),
    (date, st.dates(date(2000, 1, 1), date(2199, 1, 1))),
]


def _one(annotation: Any, metadata: Any = ()) -> st.SearchStrategy[Any]:
    for alias, strategy in _BY_ALIAS:
        same = annotation == alias or (
            hasattr(alias, "__metadata__") and tuple(metadata) == tuple(alias.__metadata__)
        )
        if same:
            return strategy
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if annotation is Media:
        return part(Media)
    bounds = {}
    for found in metadata:
        for constraint in getattr(found, "metadata", [found]):
            bounds |= {
                name: getattr(constraint, name)
                for name in ("ge", "le", "gt")
                if hasattr(constraint, name)
            }
    if annotation is float:
        return st.floats(0.5, 999)
    if annotation is int:
        return st.integers(bounds.get("ge", 0), bounds.get("le", 10))
    raise AssertionError(f"no strategy for {annotation} {metadata}")


def _annotated(annotation: Any) -> st.SearchStrategy[Any]:
    if hasattr(annotation, "__metadata__"):
        if get_origin(annotation.__origin__) is tuple:
            return _many(annotation.__origin__)
        return _one(annotation.__origin__, annotation.__metadata__)
    options = [one for one in get_args(annotation) if one is not type(None)]
    if (
        get_origin(annotation) is not Literal
        and options
        and len(options) < len(get_args(annotation))
    ):
        return st.none() | _annotated(options[0])
    if get_origin(annotation) is tuple:
        return _many(annotation)
    return _one(annotation)


def _many(annotation: Any) -> st.SearchStrategy[Any]:
    return st.lists(_annotated(get_args(annotation)[0]), min_size=1, max_size=3).map(tuple)


def part(sort: type[Part]) -> st.SearchStrategy[Any]:
    """Any value of a record or a piece of one."""
    fields = {}
    for name, info in sort.model_fields.items():
        bare = _bare(info.annotation)
        if get_origin(bare) is tuple:
            fields[name] = _many(bare)
        elif info.metadata:
            fields[name] = _one(info.annotation, info.metadata)
        else:
            fields[name] = _annotated(info.annotation)
    made = st.fixed_dictionaries(fields)
    return made.filter(_sound).map(lambda values: sort(**values))


def _sound(values: dict[str, Any]) -> bool:
    first, last = values.get("valid_from"), values.get("valid_until")
    return not (first and last and last <= first)


def messages(sort: type[Record]) -> st.SearchStrategy[Message]:
    ids = st.from_regex(r"\A[A-Za-z0-9._:/-]{1,20}\Z")
    return st.builds(
        Message,
        id=ids,
        sender=ids,
        receiver=ids,
        sent_at=MOMENT,
        records=st.lists(part(sort), max_size=2).map(tuple),
    )

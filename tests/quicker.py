"""What makes the suite quick without making it test something else.

Each test has an app of its own, and nine tenths of making one is werkzeug's compiling of the same addresses; the code
that it makes depends on nothing but the rule, so it is kept.
"""

from werkzeug.routing import Rule

_compile_anew = Rule._compile_builder
_compiled: dict[tuple[object, ...], object] = {}


def compile_addresses_once() -> None:
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]


def _compile_once(rule, append_unknown=True):
    converters = tuple((name, type(converter)) for name, converter in sorted(rule._converters.items()))
    key = (rule.rule, rule.endpoint, repr(rule.defaults), converters, tuple(rule._trace), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile_anew(rule, append_unknown)
    return _compiled[key]

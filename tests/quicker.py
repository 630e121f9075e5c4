"""What makes the suite quick without making it test something else.

Each test has an app of its own, and nine tenths of making one is werkzeug's compiling of the same addresses; what it
makes of a rule depends on nothing but the rule, so it is kept. So is the SQL that SQLAlchemy writes, which depends on
the statement and the kind of database; it would keep that for one engine.
"""

from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule

_compile_anew = Rule.compile
_compiled: dict[tuple[object, ...], Rule] = {}
_written: dict[object, object] = {}


def share_statements(engine: Engine) -> None:
    engine.update_execution_options(compiled_cache=_written)


def treat_dialects_alike() -> None:
    """The engines' own; SQLAlchemy keeps what it writes by dialect."""
    DefaultDialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


def compile_addresses_once() -> None:
    Rule.compile = _compile_once  # type: ignore[method-assign]


def _compile_once(rule):
    key = (rule.rule, rule.endpoint, repr(rule.defaults), rule.host, rule.subdomain, rule.merge_slashes)
    known = _compiled.setdefault(key, rule)
    if known is rule:
        return _compile_anew(rule)
    rule.arguments |= known.arguments
    rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
    rule._build, rule._build_unknown = (made.__func__.__get__(rule) for made in (known._build, known._build_unknown))
    return None

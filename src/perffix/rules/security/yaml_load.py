"""A YAML text is loaded by a loader that does more than build plain data.

## What it does
Reports `yaml.load` and `yaml.load_all` of PyYAML with `Loader`, `UnsafeLoader`, `FullLoader`, their C variants, a class
of the module that derives from one of these, or without any loader; and `yaml.unsafe_load` and `yaml.full_load`. The
severity is high where a client sends the text to a loader that calls functions, and low where `FullLoader` reads a text
of unknown origin.

## Why it is dangerous
A text such as `!!python/object/apply:os.system ["..."]` makes `Loader` and `UnsafeLoader` call any function with any
arguments. `FullLoader` calls nothing, but hands out functions and classes that the program has imported, where the
program expects text. Without a loader PyYAML 6 raises a TypeError, 5.1 to 5.4 take `FullLoader`, and older ones run
code.

## Example
```python
import yaml

def settings(path: str) -> dict:
    with open(path) as file:
        return yaml.load(file, Loader=yaml.Loader)
```

## Use instead
```python
import yaml

def settings(path: str) -> dict:
    with open(path) as file:
        return yaml.safe_load(file)
```

## When it stays silent
- The loader is `SafeLoader`, `CSafeLoader`, `BaseLoader`, or a class of the module that derives from these alone.
- The loader is not known: a parameter, a class from elsewhere.
- The text is written in the program.
- `FullLoader` reads a text of unknown origin in a module that writes files by `yaml.dump`: with these two, tuples and
  objects come back as what they were, which `safe_load` refuses.
- The call passes on arguments of its caller.
- The name is not that of PyYAML.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: `safe_load` refuses the tags for Python's own objects, tuples among them. A C loader becomes `CSafeLoader`.
Where the module adds constructors or resolvers of its own, which `safe_load` would not know, or uses a class of its
own, the remedy is only named. Without a loader the fix also mends the program for PyYAML 6.

## References
- [PyYAML: loading YAML](https://pyyaml.org/wiki/PyYAMLDocumentation)
- [CWE-502: Deserialization of Untrusted Data](https://cwe.mitre.org/data/definitions/502.html)
- [bandit: B506](https://bandit.readthedocs.io/en/latest/plugins/b506_yaml_load.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.weaknesses.yaml_loaders import Loading

rule = Rule(
    code="SEC506",
    name="yaml-load",
    summary="A YAML text is loaded by a loader that does more than build plain data",
    help="Use `yaml.safe_load`",
    severity=Severity.MEDIUM,
    cwe=502,
    fix=Applicability.UNSAFE,
    names=("yaml",),
)

# `safe_load` would not know what these add.
_ADDS = ("add_constructor", "add_multi_constructor", "add_implicit_resolver", "add_path_resolver", "YAMLObject")


@rule.on_call("load", "load_all", "unsafe_load", "unsafe_load_all", "full_load", "full_load_all")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find calls that load YAML with too powerful a loader."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.weaknesses.yaml_loaders import Power, loading_of, writes_tags

    loading = loading_of(call, at.model)
    if loading is None or loading.power is Power.PLAIN:
        return
    function, stream = at.text(call.func), at.text(loading.stream, 30)
    by = function if loading.loader is None else at.text(loading.loader)
    if loading.power is Power.UNSAID:
        message = (
            f"`{function}` loads `{stream}` and names no loader, which PyYAML 6 refuses and older ones make unsafe"
        )
    elif loading.power is Power.CODE:
        message = f"`{by}` calls any function that the text of `{stream}` names"
    else:
        message = f"`{by}` hands out any function or class that the text of `{stream}` names"
    origin = input_in(loading.stream, at.model, "deserialise")
    remote = origin is not None and origin.remote and origin.kind != "answer"
    if loading.power is Power.NAMES and origin is None and writes_tags(at.model):
        return
    severity = Severity.HIGH if remote and loading.power is Power.CODE else Severity.MEDIUM
    yield at.finding(
        call,
        message,
        severity=Severity.LOW if loading.power is Power.NAMES and not remote else severity,
        evidence=[origin.says] if origin is not None else [],
        related=origin.steps if origin is not None else (),
        fix=_fix(call, loading, at.model),
    )


def _fix(call: ast.Call, loading: Loading, model: SemanticModel) -> Fix:
    if any(word in model.source.text for word in _ADDS):
        return Fix(
            Applicability.DISPLAY, "Add the constructors and resolvers to a class that derives from `SafeLoader`"
        )
    loader = None if loading.loader is None else _last_name(loading.loader, model)
    if loading.loader is not None and loader is None:
        return Fix(Applicability.DISPLAY, "Derive the loader from `yaml.SafeLoader`")
    removes = () if loader is None else (Import("yaml", loader),)
    if loading.loader is not None and loader is not None and loader.startswith("C"):
        fast = model.imports.spelling_of("yaml", "CSafeLoader", call)
        if fast is not None:
            edit = Replace(NodeRef.of(loading.loader), Code(fast.text))
            adds = () if fast.adds is None else (fast.adds,)
            return Fix(Applicability.UNSAFE, "Load by `CSafeLoader`", (edit,), adds, removes)
    name = "safe_load_all" if loading.several else "safe_load"
    function = model.imports.spelling_of("yaml", name, call)
    if function is None:
        return Fix(Applicability.DISPLAY, f"Load by `yaml.{name}`")
    was = model.qualified_name(call.func) or ""
    return Fix(
        Applicability.UNSAFE,
        f"Load by `{function.text}`",
        _edits(call, loading, function.text),
        () if function.adds is None else (function.adds,),
        (*removes, Import("yaml", was.rpartition(".")[2])),
    )


def _last_name(loader: ast.expr, model: SemanticModel) -> str | None:
    """Return the name that yaml has for a loader, None for classes of other modules and choices between several."""
    name = model.qualified_name(loader)
    return None if name is None else name.rpartition(".")[2]


def _edits(call: ast.Call, loading: Loading, function: str) -> tuple[Replace | SetArgument, ...]:
    """Return the edits that call another function without the loader."""
    if loading.loader is not None and loading.loader in call.args:
        code = Code(f"{function}($stream)", {"stream": NodeRef.of(loading.stream)})
        return (Replace(NodeRef.of(call), code),)
    named = Replace(NodeRef.of(call.func), Code(function))
    return (named,) if loading.loader is None else (named, SetArgument(NodeRef.of(call), "Loader", Code("")))

"""Tar archives: which calls unpack one, and whether anything looks at the entries before."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of, unpacks
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.makers import made_by
from perffix.semantic.scopes import How
from perffix.semantic.uses import UseKind
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.makers import Made
    from perffix.semantic.model import SemanticModel

_OPENERS = (
    "tarfile.open",
    "tarfile.TarFile",
    "tarfile.TarFile.open",
    "tarfile.TarFile.gzopen",
    "tarfile.TarFile.bz2open",
    "tarfile.TarFile.xzopen",
    "tarfile.TarFile.taropen",
)
_FORMATS = ("tar", "gztar", "bztar", "xztar", "zstdtar")
_ENDINGS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz", ".tar.zst")
_LISTS_OF_MEMBERS = ("getmembers", "__iter__")
_HANDED_ON = ("list", "iter", "tuple", "sorted", "tqdm", "track")
# What an entry may be asked without anybody learning where it leads.
_HARMLESS_QUESTIONS = frozenset({"isfile", "isreg", "isdir", "size", "mtime", "type"})
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)


class Extraction(NamedTuple):
    """A call that unpacks an archive without a filter and without a look at its entries.

    Attributes:
        opener: what opened the archive, or the function that both opens and unpacks it.
        members: the argument that names the members, where there is one.
        declared: only an annotation says that it is a tar archive.
        sources: the arguments that say which archive it is.
    """

    opener: str
    members: ast.expr | None
    declared: bool
    sources: tuple[ast.expr, ...]


def extraction_of(call: ast.Call, model: SemanticModel) -> Extraction | None:
    """Return what a call unpacks, or None where it unpacks no tar archive, or not blindly, or that is not known."""
    if unpacks(call):
        return None
    chosen = argument_of(call, "filter")
    if chosen is not None and not (isinstance(chosen, ast.Constant) and chosen.value is None):
        return None
    if "extraction_filter" in model.source.text or _has_filtered_variant(call, model):
        return None
    if model.qualified_name(call.func) == "shutil.unpack_archive":
        source = argument_of(call, "filename", 0)
        if source is None or not _unpacks_tar(call, model):
            return None
        return Extraction("shutil.unpack_archive", None, False, (source,))
    if not isinstance(call.func, ast.Attribute):
        return None
    archive = call.func.value
    made = made_by(archive, model)
    if made is None or made.name not in _OPENERS or _is_own(made, model):
        return None
    sources = tuple(source for each in made.calls if (source := _source_of(each)) is not None)
    if call.func.attr == "extract":
        return Extraction(made.name, None, made.declared, sources) if _extracts_unseen_member(call, model) else None
    members = argument_of(call, "members", 1)
    if members is not None and isinstance(members, ast.Constant) and members.value is None:
        members = None
    if members is None:
        return None if _is_examined(call, made, model) else Extraction(made.name, None, made.declared, sources)
    if _are_unexamined(members, model) and not _is_examined(call, made, model):
        return Extraction(made.name, members, made.declared, sources)
    return None


def _has_filtered_variant(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call is the branch for old Pythons beside one that gives a filter."""
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            # `if hasattr(tarfile, "data_filter"): ... return` stands beside, not around.
            return any(isinstance(node, ast.Constant) and node.value == "data_filter" for node in ast.walk(parent))
        if isinstance(parent, (ast.Try, ast.If, ast.IfExp)) and any(
            isinstance(node, ast.keyword) and node.arg == "filter" for node in ast.walk(parent)
        ):
            return True
    return False


def _unpacks_tar(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the format, or else the ending of the name, says that it is a tar archive."""
    kind = argument_of(call, "format", 2)
    if kind is not None:
        return isinstance(kind, ast.Constant) and kind.value in _FORMATS
    name = argument_of(call, "filename", 0)
    while isinstance(name, ast.Name) and (binding := model.binding_of(name)) is not None and binding.single is not None:
        if binding.single.how is not How.ASSIGNED:
            return False
        name = binding.single.value
    last: ast.expr | None = name
    if isinstance(last, ast.JoinedStr) and last.values:
        last = last.values[-1]
    elif isinstance(last, ast.BinOp) and isinstance(last.op, (ast.Add, ast.Div)):
        last = last.right
    elif isinstance(last, ast.Call) and isinstance(last.func, ast.Attribute) and last.func.attr == "join" and last.args:
        last = last.args[-1]
    return isinstance(last, ast.Constant) and isinstance(last.value, str) and last.value.endswith(_ENDINGS)


def _is_own(made: Made, model: SemanticModel) -> bool:
    """Tell whether the program has written the archive itself: the same module opens the same thing to write it."""
    opened = [ast.dump(source) for call in made.calls if (source := _source_of(call)) is not None]
    if not opened:
        return False
    for node in ast.walk(model.source.tree):
        if not isinstance(node, ast.Call) or model.qualified_name(node.func) not in _OPENERS:
            continue
        mode, source = argument_of(node, "mode", 1), _source_of(node)
        writes = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "x", "a")
        if writes and source is not None and ast.dump(source) in opened:
            return True
    return False


def _source_of(call: ast.Call) -> ast.expr | None:
    return argument_of(call, "fileobj", 2) or argument_of(call, "name", 0)


def _is_examined(call: ast.Call, made: Made, model: SemanticModel) -> bool:
    """Tell whether the function has looked at the entries before: in a loop that can stop, or by another function."""
    function: ast.AST = model.function_of(call) or model.source.tree
    for node in ast.walk(function):
        if getattr(node, "lineno", call.lineno) >= call.lineno:
            continue
        if isinstance(node, (ast.For, ast.AsyncFor)):
            stops = any(isinstance(each, (*_LEAVES, ast.Assert)) for each in ast.walk(node))
            if stops and _goes_over_archive(node.iter, made, model):
                return True
        elif isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)) and _goes_over_archive(
            node.generators[0].iter, made, model
        ):
            return True
    return any(
        use.kind is UseKind.PASSED and model.is_within(use.node, function) and use.node.lineno < call.lineno
        for name in made.names
        for use in model.uses.uses_of(name)
    )


def _goes_over_archive(iterable: ast.expr, made: Made, model: SemanticModel) -> bool:
    """Tell whether a loop goes over the entries of an archive, or over their names, also through a variable."""
    for node in ast.walk(iterable):
        if isinstance(node, (ast.Name, ast.Attribute)):
            binding = model.binding_of(node)
            if binding is not None and (binding in made.names or _holds_members(binding.assignments, made, model)):
                return True
    return False


def _holds_members(assignments: tuple[object, ...], made: Made, model: SemanticModel) -> bool:
    for assignment in assignments:
        value = getattr(assignment, "value", None)
        for node in ast.walk(value) if isinstance(value, ast.expr) else ():
            if isinstance(node, (ast.Name, ast.Attribute)) and model.binding_of(node) in made.names:
                return True
    return False


def _are_unexamined(members: ast.expr, model: SemanticModel) -> bool:
    """Tell whether members are the archive's own: `tar`, `tar.getmembers()`, a part or a selection of these."""
    if isinstance(members, ast.Name):
        binding = model.binding_of(members)
        single = None if binding is None else binding.single
        if single is not None and single.how is How.ASSIGNED and single.value is not None:
            grows = binding is not None and any(use.kind is UseKind.METHOD for use in model.uses.uses_of(binding))
            return not grows and _are_unexamined(single.value, model)
    if isinstance(members, ast.Subscript):
        return isinstance(members.slice, ast.Slice) and _are_unexamined(members.value, model)
    if isinstance(members, ast.Call):
        func = members.func
        if isinstance(func, ast.Attribute) and func.attr in _LISTS_OF_MEMBERS:
            return _is_archive(func.value, model)
        named = last_name(func)
        return named in _HANDED_ON and bool(members.args) and _are_unexamined(members.args[0], model)
    if isinstance(members, (ast.ListComp, ast.GeneratorExp)):
        return _selects_unseen(members, model)
    return _is_archive(members, model)


def _selects_unseen(members: ast.ListComp | ast.GeneratorExp, model: SemanticModel) -> bool:
    (first, *others) = members.generators
    if others or not isinstance(first.target, ast.Name) or not _are_unexamined(first.iter, model):
        return False
    if not isinstance(members.elt, ast.Name) or members.elt.id != first.target.id:
        return False
    return all(_is_harmless(each) for each in _questions(first.ifs, first.target.id, model))


def _is_archive(expr: ast.expr, model: SemanticModel) -> bool:
    made = made_by(expr, model)
    return made is not None and made.name in _OPENERS


def _questions(tests: list[ast.expr], name: str, model: SemanticModel) -> Iterator[ast.AST]:
    """Yield what surrounds each place where tests speak of a variable."""
    for test in tests:
        for node in ast.walk(test):
            if isinstance(node, ast.Name) and node.id == name:
                yield model.parent(node) or node


def _is_harmless(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _HARMLESS_QUESTIONS


def _extracts_unseen_member(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether `extract` gets the variable of a loop over an archive, and the loop asks nothing about it first."""
    member = argument_of(call, "member", 0)
    if member is None or is_closed(member, model) or not isinstance(member, ast.Name):
        return False
    binding = model.binding_of(member)
    single = None if binding is None else binding.single
    if single is None or single.how is not How.ITERATED or single.value is None:
        return False
    loop = single.statement
    if not isinstance(loop, ast.For) or not model.is_within(call, loop) or not _are_unexamined(single.value, model):
        return False
    inside = [node for node in ast.walk(loop) if node is not loop]
    tests = [node.test for node in inside if isinstance(node, (ast.If, ast.IfExp, ast.Assert, ast.While))]
    if not all(_is_harmless(each) for each in _questions(tests, member.id, model)):
        return False
    assert binding is not None
    uses = model.uses.uses_of(binding)
    changed = any(use.kind is UseKind.ATTRIBUTE_WRITE for use in uses)
    return not changed and not any(use.kind is UseKind.PASSED and use.user is not call for use in uses)

"""The model graph as text, JSON and Graphviz's dot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.output.json import dumped
from perffix.output.terminal import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.orm.graph import Field, Model, ModelGraph


def text(graph: ModelGraph) -> str:
    """Return the models one below the other, each with its relations."""
    lines: list[str] = []
    for model in _sorted(graph):
        lines.append(f"{model.label}{' (abstract)' if model.abstract else ''}{_place(model)}")
        relations = sorted(model.relations(), key=lambda field: field.name)
        width = max((len(field.name) for field in relations), default=0)
        lines += [f"    {field.name:<{width}}  {_how(field)} {_target(field, graph)}" for field in relations]
        lines.append("")
    if not lines:
        return "No models found\n"
    models = sum(not model.abstract for model in graph.models.values())
    ways = sum(1 for model in graph.models.values() for _ in model.relations())
    lines.append(f"{models} models, {ways} relations")
    return "".join(f"{harmless(line)}\n" for line in lines)


def json(graph: ModelGraph) -> str:
    """Return one object with all models and their fields."""
    return dumped({"models": [_model_object(model) for model in _sorted(graph)]})


def dot(graph: ModelGraph) -> str:
    """Return a directed graph: an arrow for each relation that a model declares."""
    lines = ["digraph models {", "    node [shape=box];"]
    lines.extend([f"    {_quoted(model.label)};" for model in _sorted(graph)])
    for model in _sorted(graph):
        for field in model.relations():
            target = graph.models.get(field.target or "")
            if target is not None and not field.by.startswith(("reverse", "inheritance")):
                style = "" if field.kind.is_one else ", style=dashed"
                arrow = f"{_quoted(model.label)} -> {_quoted(target.label)}"
                lines.append(f"    {arrow} [label={_quoted(field.name)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _sorted(graph: ModelGraph) -> list[Model]:
    return sorted(graph.models.values(), key=lambda model: (model.label.lower(), model.key))


def _place(model: Model) -> str:
    if model.cls is None:
        return f"  {model.key}"
    return f"  {model.cls.module.summary.path}:{model.cls.summary.span.line}"


def _how(field: Field) -> str:
    null = ", may be null" if field.nullable and field.kind.value == "to one" else ""
    return f"{field.by}{null}"


def _target(field: Field, graph: ModelGraph) -> str:
    target = graph.models.get(field.target or "")
    return "-> ?" if target is None else f"-> {target.label}"


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _model_object(model: Model) -> dict[str, object]:
    cls = model.cls
    return {
        "key": model.key,
        "label": model.label,
        "library": model.library,
        "path": None if cls is None else cls.module.summary.path,
        "line": None if cls is None else cls.summary.span.line,
        "abstract": model.abstract,
        "complete": model.complete,
        "fields": list(_field_objects(model)),
    }


def _field_objects(model: Model) -> Iterator[dict[str, object]]:
    for field in sorted(model.fields.values(), key=lambda each: each.name):
        declared = field.declared
        yield {
            "name": field.name,
            "kind": field.kind.value,
            "by": field.by,
            "target": field.target,
            "nullable": field.nullable,
            "inverse": field.inverse,
            "path": None if declared is None else declared.path,
            "line": None if declared is None else declared.span.line,
        }

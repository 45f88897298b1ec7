"""Types: the words for what is certain about a value, and the reckoning with several of them."""

from __future__ import annotations

import ast

from perffix.semantic import facts


class Type:
    """A class, by its canonical name, with what it holds.

    Builtins have their bare name (`list`), other classes their dotted one (`collections.deque`), classes of the
    analysed module a leading dot (`.Node`). Two types are equal when name and arguments are.

    Attributes:
        name: the class.
        arguments: element types as in an annotation, None for an unknown one; empty when nothing is known of them.
            Tuples have one per element when their length is known, else one and `homogeneous` set.
        exact: the value is of this very class, not of a subclass (it comes from a literal or a constructor).
        optional: some assignment gives None instead.
        homogeneous: for tuples, any number of elements of the one type in `arguments`.
        because: a phrase that says how it is known, with the line, for the user.
    """

    __slots__ = ("arguments", "because", "exact", "homogeneous", "name", "optional")

    def __init__(
        self,
        name: str,
        arguments: tuple[Type | None, ...] = (),
        *,
        exact: bool = True,
        optional: bool = False,
        homogeneous: bool = False,
        because: str = "",
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.exact = exact
        self.optional = optional
        self.homogeneous = homogeneous
        self.because = because

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and (self.name, self.arguments) == (other.name, other.arguments)

    def __hash__(self) -> int:
        return hash((self.name, self.arguments))

    def __repr__(self) -> str:
        if not self.arguments:
            return self.name
        inner = ", ".join("?" if each is None else repr(each) for each in self.arguments)
        return f"{self.name}[{inner}]"

    def holding(self, arguments: tuple[Type | None, ...]) -> Type:
        """Return a copy with other element types."""
        return Type(self.name, arguments, exact=self.exact, optional=self.optional, because=self.because)

    def but(self, *, exact: bool | None = None, optional: bool | None = None, because: str | None = None) -> Type:
        """Return a copy with some properties changed."""
        return Type(
            self.name,
            self.arguments,
            exact=self.exact if exact is None else exact,
            optional=self.optional if optional is None else optional,
            homogeneous=self.homogeneous,
            because=self.because if because is None else because,
        )

    @property
    def element(self) -> Type | None:
        """The type of what iteration over the value yields, if known."""
        if self.name in ("str", "bytes", "range", "bytearray"):
            return Type("str" if self.name == "str" else "int")
        if self.name == "dict_items":
            return Type("tuple", self.arguments) if len(self.arguments) == 2 else Type("tuple", (None, None))
        if self.name == "dict_values":
            return self.arguments[1] if len(self.arguments) == 2 else None
        if self.name == "tuple" and not self.homogeneous:
            first = self.arguments[0] if self.arguments else None
            return first if all(each == first for each in self.arguments) else None
        return self.arguments[0] if self.arguments else None


def parse(text: str) -> Type | None:
    """Return the type in the notation of the facts files: `str`, `list[str]`, `tuple[str, str]`; empty is None."""
    if not text:
        return None
    return _from_notation(ast.parse(text, mode="eval").body)


def _from_notation(expr: ast.expr) -> Type | None:
    if isinstance(expr, ast.Subscript):
        inner = expr.slice.elts if isinstance(expr.slice, ast.Tuple) else [expr.slice]
        return Type(ast.unparse(expr.value), tuple(_from_notation(each) for each in inner))
    return Type(ast.unparse(expr))


def base_name(name: str) -> str:
    """Return the builtin type whose methods a type has: its own, or that of the class that it extends."""
    subtype: str = facts.load("library")["subtypes"].get(name, name) if "." in name else name
    return subtype


def class_name(qualified: str) -> str:
    """Return the name that types have for a class with this canonical name; aliases of `typing` are resolved."""
    if qualified.startswith("builtins."):
        return qualified.removeprefix("builtins.")
    alias: str = facts.load("library")["aliases"].get(qualified, qualified)
    return alias


def same(types: tuple[Type | None, ...]) -> Type | None:
    """Return the type that all of these are, or None."""
    first = types[0] if types else None
    return first if first is not None and all(each == first for each in types) else None


def agree(types: list[Type]) -> Type | None:
    """Return the one class that all types name, apart from None; with the arguments only if those agree too."""
    real = [each for each in types if each.name != "NoneType"]
    if not real:
        return types[0] if types else None
    first = real[0]
    if any(each.name != first.name for each in real):
        return None
    described = [each for each in real if each.arguments]  # an empty literal fits any element type
    arguments = described[0].arguments if described else ()
    homogeneous = any(each.homogeneous for each in described)
    if any(each.arguments != arguments or each.homogeneous != homogeneous for each in described):
        arguments, homogeneous = ((None,), True) if first.name == "tuple" else ((), False)
    return Type(
        first.name,
        arguments,
        exact=all(each.exact for each in real),
        optional=any(each.optional for each in real) or len(real) < len(types),
        homogeneous=homogeneous,
        because=first.because,
    )


def agree_or_none(types: list[Type | None]) -> Type | None:
    """Return what `agree` does, or None when one of the types is unknown."""
    known = [each for each in types if each is not None]
    return agree(known) if len(known) == len(types) else None

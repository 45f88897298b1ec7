"""Weak ciphers and modes: which calls make one, and whether anything is encrypted by it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.secrets import words_of
from perffix.semantic.uses import UseKind
from perffix.semantic.weaknesses.prescribed import prescribed_by
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_MODES = "cryptography.hazmat.primitives.ciphers.modes"
_CIPHERS = ("cryptography.hazmat.primitives.ciphers.Cipher", "cryptography.hazmat.primitives.ciphers.base.Cipher")
_READING = frozenset({"decrypt", "decryptor"})
_CARRIED_ON = frozenset({"update", "finalize", "decrypt_and_verify", "verify"})
# Code that speaks of these makes a mode, a code or a key of its own out of single blocks.
_BUILT_OF_BLOCKS = frozenset(
    {
        "xor",
        "strxor",
        "cmac",
        "ctr",
        "xts",
        "gcm",
        "eax",
        "keywrap",
        "wrap",
        "unwrap",
        "kdf",
        "mask",
        "counter",
        "block",
    }
    | {"subkey", "ghash", "omac", "ige", "cbc", "cfb", "mac", "hash"}
)


class WeakCipher(NamedTuple):
    """A call that makes a cipher or chooses a mode.

    Attributes:
        name: the cipher's usual name; None where only the mode is weak.
        broken: it can be broken in practice, not only in the long run.
    """

    name: str | None
    broken: bool


def weak_cipher_of(call: ast.Call, model: SemanticModel) -> WeakCipher | None:
    """Return what weak cipher, or what weak mode, a call makes something encrypt with; None for all else."""
    name = model.qualified_name(call.func)
    if name is None:
        return None
    cipher = _cipher_named(name)
    if cipher is None and not _chooses_single_blocks(call, name, model):
        return None
    if _only_decrypts(call, model) or prescribed_by(call, "", (), model) is not None:
        return None  # somebody else has chosen it
    if cipher is not None:
        return cipher
    return None if _is_block_of_something(call, model) else WeakCipher(None, False)


def _chooses_single_blocks(call: ast.Call, name: str, model: SemanticModel) -> bool:
    """Tell whether a call chooses the mode ECB for a cipher that is good itself."""
    if name == f"{_MODES}.ECB":
        return not _has_weak_cipher(call, model)
    module, _, maker = name.removesuffix(".new").rpartition(".")
    known = facts.load("ciphers")["packages"]
    if not name.endswith(".new") or module not in known["pycryptodome"] or maker not in known["moded"]:
        return False
    mode = argument_of(call, "mode", 1)
    return mode is not None and model.qualified_name(mode) == f"{module}.{maker}.MODE_ECB"


def _cipher_named(name: str) -> WeakCipher | None:
    table = facts.load("ciphers")
    for package in (*table["packages"]["pycryptodome"], *table["packages"]["cryptography"]):
        if name.startswith(f"{package}."):
            rest = name[len(package) + 1 :]
            for level in ("high", "medium"):
                for title, names in table["ciphers"][level]["names"].items():
                    if rest in names:
                        return WeakCipher(title, level == "high")
    return None


def _has_weak_cipher(mode: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the cipher beside a mode is weak itself: then that is what is reported."""
    parent = _cipher_around(mode, model)
    if parent is None or not parent.args or not isinstance(parent.args[0], ast.Call):
        return False
    return _cipher_named(model.qualified_name(parent.args[0].func) or "") is not None


def _cipher_around(part: ast.Call, model: SemanticModel) -> ast.Call | None:
    """Return the `Cipher(algorithm, mode)` that a part is an argument of."""
    parent = model.parent(part)
    if isinstance(parent, ast.keyword):
        parent = model.parent(parent)
    if isinstance(parent, ast.Call) and model.qualified_name(parent.func) in _CIPHERS:
        return parent
    return None


def _only_decrypts(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the cipher only reads what somebody else has encrypted, who chose it."""
    made = _cipher_around(call, model) or call
    methods = list(_methods_called_on(made, model))
    return (
        bool(methods) and all(each in _READING | _CARRIED_ON for each in methods) and not _READING.isdisjoint(methods)
    )


def _methods_called_on(expr: ast.expr, model: SemanticModel) -> Iterator[str]:
    """Yield the names of the methods of an object; `?` where it goes out of sight."""
    parent = model.parent(expr)
    if isinstance(parent, ast.Attribute):
        yield parent.attr
        return
    target: ast.expr | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
    elif isinstance(parent, (ast.AnnAssign, ast.NamedExpr)):
        target = parent.target
    binding = None if target is None else model.binding_of(target)
    if binding is None:
        yield "?"
        return
    for use in model.uses.uses_of(binding):
        yield use.detail if use.kind in (UseKind.METHOD, UseKind.ATTRIBUTE) else "?"


def _is_block_of_something(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether single blocks are encrypted to build something else: another mode, a code, a mask, a key."""
    function = model.function_of(call)
    if function is None:
        return False
    around = [function.name, *(each.name for each in model.ancestors(function) if isinstance(each, ast.ClassDef))]
    if any(not _BUILT_OF_BLOCKS.isdisjoint(words_of(name)) for name in around):
        return True
    for node in ast.walk(function):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.BitXor):
            return True
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if "xor" in name.lower():
                return True
    return False

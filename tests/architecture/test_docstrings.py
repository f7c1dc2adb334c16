"""Who reads the code finds a sentence wherever it starts: at a file, a shared word, an exported name.

Left out are enumerations, whose members speak, and errors, which stand in the tree at the top of their
file with what they mean.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc, isclass, isfunction

import pytest

from tests.architecture.source import PACKAGES, PURE, modules

Named = ast.FunctionDef | ast.ClassDef


def public(tree: ast.Module) -> Iterator[Named]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def speaks_for_itself(node: Named) -> bool:
    bases = {ast.unparse(base) for base in node.bases} if isinstance(node, ast.ClassDef) else set()
    return bool(bases & {"StrEnum", "Enum", "Refused", "InvalidInput", "NodewiseError"})


def test_every_file_says_what_it_is() -> None:
    silent = [str(name) for name, tree in modules(*PACKAGES, "tests") if not ast.get_docstring(tree)]
    assert silent == []


def test_every_word_of_fulfillment_is_explained() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules("fulfillment")
        for node in public(tree)
        if not ast.get_docstring(node) and not speaks_for_itself(node)
    ]
    assert silent == []


@pytest.mark.parametrize("package", PURE)
def test_every_class_with_behavior_and_every_long_function_is_explained(package: str) -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules(package)
        for node in public(tree)
        if (node.end_lineno or 0) - node.lineno > 40
        and not ast.get_docstring(node)
        and not speaks_for_itself(node)
    ]
    assert silent == []


def test_every_name_that_a_package_exports_is_explained() -> None:
    silent, seen = [], 0
    for path, tree in modules(*PURE):
        if path.name != "__init__.py" or "__all__" not in ast.unparse(tree):
            continue
        package = import_module(".".join(path.parts[:-1]))
        for name in package.__all__:
            exported = getattr(package, name)
            if isfunction(exported) or isclass(exported):
                seen += 1
                generated = isclass(exported) and (getdoc(exported) or "").startswith(f"{name}(")
                is_enum = isclass(exported) and hasattr(exported, "__members__")
                if not is_enum and (generated or not getdoc(exported)):
                    silent.append(f"{package.__name__}.{name}")
    assert silent == []
    assert seen > 15

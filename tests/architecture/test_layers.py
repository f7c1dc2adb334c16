"""What import-linter cannot say: which parts of the standard library and of others the core may use."""

import sys

from tests.architecture.source import PACKAGES, PURE, imported, modules

# Whatever reads or writes files, sockets, processes, clocks, the environment or global randomness.
REACHES_OUT = {
    *("asyncio", "concurrent", "ctypes", "fileinput", "ftplib", "getpass", "glob", "http", "io"),
    *("logging", "multiprocessing", "os", "pathlib", "pickle", "platform", "random", "secrets", "select"),
    *("shelve", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile"),
    *("threading", "time", "urllib", "uuid", "webbrowser"),
}
# Names a folder for the compiler's own files; its docstring says why.
COMPILER = {("compiled/door.py", "pathlib")}
# What the mathematics of each pure package stands on, beside the packages below it.
LIBRARIES = {
    "fulfillment": set(),
    "compiled": {"numba", "numpy"},
    "optimizer": {"numpy", "ortools", "scipy"},
    "forecasting": {"holidays", "lightgbm", "mlforecast", "numpy", "pandas", "scipy", "statsforecast"},
    "scenarios": {"numpy", "scipy"},
}


def test_fulfillment_imports_only_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"fulfillment"}
    found = [
        f"{name}:{line} imports {module}"
        for name, tree in modules("fulfillment")
        for module, line in imported(tree)
        if module not in allowed
    ]
    assert found == []


def test_the_pure_packages_reach_out_to_nothing() -> None:
    found = {
        (str(name), module)
        for name, tree in modules(*PURE)
        for module, _ in imported(tree)
        if module in REACHES_OUT
    }
    assert found == COMPILER


def test_the_pure_packages_use_no_library_but_those_of_their_mathematics() -> None:
    found = [
        f"{name}:{line} imports {module}"
        for package in PURE
        for name, tree in modules(package)
        for module, line in imported(tree)
        if module not in sys.stdlib_module_names | set(PACKAGES) | LIBRARIES[package]
    ]
    assert found == []


def test_every_package_is_looked_at() -> None:
    seen = {name.parts[0] for name, _ in modules(*PACKAGES)}
    assert seen == set(PACKAGES)
    assert sum(1 for _ in modules("fulfillment")) > 15

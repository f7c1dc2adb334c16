"""Addresses of problem types, made from the one table."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.edge.pages_html import page
from api.errors import NotFound
from api.problem_pages.examples import EXAMPLES
from api.problems import ProblemType, all_types

router = APIRouter(prefix="/problems", include_in_schema=False)

_RETRY = {
    "no": "Not unless the request changes.",
    "after": "Yes, after a look at the present state.",
    "same-key": "Yes, as it was, with the same Idempotency-Key.",
}


@router.get("")
def list_problems() -> HTMLResponse:
    rows = "".join(
        f'<tr><td><a href="/problems/{kind.slug}">{kind.slug}</a></td><td>{kind.status}</td>'
        f"<td>{escape(kind.title)}</td></tr>"
        for kind in sorted(all_types(), key=lambda kind: kind.slug)
    )
    return page("Problem types", f"<table><tr><th>type</th><th>status</th><th>title</th></tr>{rows}</table>")


@router.get("/{slug}")
def show_problem(slug: str) -> HTMLResponse:
    for kind in all_types():
        if kind.slug == slug:
            return page(
                escape(kind.title),
                f"<p><code>{kind.slug}</code>, status {kind.status}</p><p>{escape(kind.meaning)}</p>"
                f"{_example(kind)}"
                f"<p>What to do: {escape(kind.fix)}.</p><p>Can it be repeated? {_RETRY[kind.retry]}</p>"
                '<p><a href="/problems">All problem types</a></p>',
            )
    raise NotFound(f"there is no problem type {slug}", fix="See /problems for all of them")


def _example(kind: ProblemType) -> str:
    """What it says in one case, unless it says the same in every case."""
    example = EXAMPLES[kind.slug]
    return f"<p>For example: <code>{escape(example)}</code></p>" if example != kind.meaning else ""

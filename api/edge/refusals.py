"""Turns every error, ours and the framework's, into a problem document."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.edge.fields import field_error
from api.edge.raw import headers_of
from api.errors import FieldError, KeyMissing, MethodNotAllowed, NotFound, Unprocessable
from api.problems import MEDIA_TYPE, document
from fulfillment.errors import InvalidInput, NodewiseError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READING = ("GET", "HEAD", "OPTIONS")


def install(app: FastAPI) -> None:
    """Register the handlers. Faults of ours are answered by `api.edge.request_ids`."""
    app.add_exception_handler(NodewiseError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_fields)
    app.add_exception_handler(HTTPException, _refuse_http)


def problem_response(
    request: Request, error: Exception, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The problem document of an error as a response.

    Of fields that cannot be meant it says that nothing was written, where something could have been.
    """
    request_id = getattr(request.state, "request_id", "")
    make = document if request.method in READING else writing_problem
    status, problem = make(error, instance=request.url.path, request_id=request_id)
    return JSONResponse(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def writing_problem(error: Exception, *, instance: str, request_id: str) -> tuple[int, dict[str, object]]:
    """Status and problem document of a request that would have written."""
    status, problem = document(error, instance=instance, request_id=request_id)
    if isinstance(error, Unprocessable):
        problem["detail"] = f"{problem['detail']}; nothing was written"
    return status, problem


def unprocessable(errors: list[FieldError]) -> Unprocessable:
    """One error from all bad fields of a request."""
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return Unprocessable(
        f"{first.pointer or 'the request'}: {first.detail}{more}",
        errors,
        fix="Correct the fields listed in errors",
    )


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    return problem_response(request, error, headers=headers_of(error))


async def _refuse_fields(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems: list[dict[str, Any]] = [dict(problem) for problem in error.errors()]
    for problem in problems:
        if problem["loc"][:1] == ("header",) and str(problem["loc"][-1]).lower() == "idempotency-key":
            missing = problem["type"] == "missing"
            return problem_response(
                request, KeyMissing() if missing else KeyMissing("the header Idempotency-Key is malformed")
            )
    return problem_response(request, unprocessable([field_error(problem) for problem in problems]))


async def _refuse_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    path = request.url.path
    own: NodewiseError
    if error.status_code == 404:
        own = NotFound(f"there is nothing at {path}", fix="See /docs for the addresses")
    elif error.status_code == 405:
        allowed = ", ".join(_methods_at(request))
        own = MethodNotAllowed(f"{path} does not know {request.method}", fix=f"Use {allowed}")
        return problem_response(request, own, headers={"Allow": allowed})
    else:
        own = InvalidInput(str(error.detail))
    return problem_response(request, own)


def _methods_at(request: Request) -> list[str]:
    """Every method of the address: several routes share one, and each knows only its own.

    Where the address is written out in the document, routes whose parameters it would fill do not count.
    """
    written_out = request.app.openapi()["paths"].get(request.url.path)
    if written_out is not None:
        return [method for method in METHODS if method.lower() in written_out]

    def is_known(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in METHODS if is_known(method)]

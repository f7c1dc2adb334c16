"""The pages in a real Chromium: drawn, complete, and loading nothing from another host."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "page tests need a Chromium: run `make setup-browser`, or put one on the PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A visitor of the service: what the page asked for, and every script error or policy breach."""

    page: Page
    home: str
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.home}{path}")

    @property
    def requests_elsewhere(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.home, "data:"))]


@pytest.fixture
def visit(browser: Browser, client: httpx.Client) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    visit = Visit(page, str(client.base_url).rstrip("/"))
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("pageerror", lambda error: visit.faults.append(str(error)))
    page.on("console", lambda said: visit.faults.append(said.text) if said.type == "error" else None)
    yield visit
    page.close()


def test_the_api_reference_shows_every_order_call_and_asks_no_other_host(visit: Visit) -> None:
    visit.open("/docs")
    visit.page.wait_for_selector('[data-path^="/v1/orders/"][data-path$="confirm"]', timeout=30_000)
    assert visit.page.locator(".opblock").count() >= 20
    assert visit.requests_elsewhere == []
    assert visit.faults == []


def test_an_operation_of_the_reference_opens_and_shows_a_real_example(visit: Visit) -> None:
    visit.open("/docs")
    visit.page.locator('.opblock-post:has([data-path="/v1/orders"])').first.click()
    visit.page.wait_for_selector(".opblock-body .example")
    shown = visit.page.locator(".opblock-body").first.inner_text()
    assert '"quantity"' in shown
    assert '"string"' not in shown
    assert visit.faults == []


def test_a_problem_page_says_what_to_do(visit: Visit) -> None:
    visit.open("/problems/insufficient-stock")
    assert "insufficient" in visit.page.inner_text("body").lower()
    assert visit.faults == []

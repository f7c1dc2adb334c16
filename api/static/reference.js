// Starts the vendored swagger-ui on our own document; a file of its own, so that no inline script is needed.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});

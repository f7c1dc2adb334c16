"""Migrations, run by `storage.upgrading`; each stands alone and never imports the schema."""

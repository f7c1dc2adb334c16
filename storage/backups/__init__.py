"""A backup: every table of one instant in one file, the same for either database; and the way back."""

from storage.backups.container import Manifest, TableShape, read_manifest
from storage.backups.restoring import Restored, restore
from storage.backups.saving import save

__all__ = ["Manifest", "Restored", "TableShape", "read_manifest", "restore", "save"]

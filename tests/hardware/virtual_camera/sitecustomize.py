"""Three helps for picamera2 on libcamera's virtual camera, put in place when it is imported (pykms.py is the fourth).

The virtual camera has no raw stream, which picamera2 takes for granted; its pictures have two planes, and picamera2's own
allocator makes one. Nothing here touches how frames are configured, asked for or handed over.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_HELPED = "picamera2.picamera2"


class _Helper(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _HELPED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _help(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _help(module: Any) -> None:
    from picamera2.allocators import LibcameraAllocator  # type: ignore[import-not-found]

    camera = module.Picamera2
    build, raw_modes = camera.__init__, camera._get_raw_modes

    def init(self: Any, *words: Any, **more: Any) -> None:
        build(self, *words, **more)
        self.allocator = LibcameraAllocator(self.camera)

    def modes(self: Any) -> Any:
        try:
            return raw_modes(self)
        except AttributeError:
            formats = self.camera.generate_configuration([module.VIEWFINDER]).at(0).formats
            return [
                {"format": str(pixels), "size": (size.width, size.height)}
                for pixels in formats.pixel_formats
                for size in formats.sizes(pixels)
            ]

    camera.__init__, camera._get_raw_modes = init, modes


sys.meta_path.insert(0, _Helper())

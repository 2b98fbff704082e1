"""Jupyter kernels that are forked from a warm process, since a new one needs seconds for its imports."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import ipykernel_launcher
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from workers import Program


class ForkedKernel(LocalProvisioner):
    """Starts a kernel as `python -m ipykernel_launcher` does, without the start of an interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        self.cwd = kwargs.get("cwd") or Path.cwd()
        self.process = Program(
            ipykernel_launcher.__file__,
            *cmd[cmd.index("-f") :],
            environment={"MPLBACKEND": "module://matplotlib_inline.backend_inline", **kwargs["env"]},
            folder=self.cwd,
        )
        self.pid = self.process.pid
        return self.connection_info


def fork_kernels(patch: pytest.MonkeyPatch) -> None:
    """Fork all kernels from now on."""
    factory = KernelProvisionerFactory.instance()
    entry = EntryPoint("forked", f"{__name__}:ForkedKernel", KernelProvisionerFactory.GROUP_NAME)
    patch.setitem(factory.provisioners, entry.name, entry)
    patch.setattr(factory, "default_provisioner_name", entry.name)

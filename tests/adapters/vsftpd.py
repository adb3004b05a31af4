"""vsftpd, the FTP server of most Linux distributions, over TLS, as a peer for tests.

It begins TLS on a data connection only after the command of the transfer, wants the session of the control connection again, and
knows neither MLSD nor MLST.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.adapters.filepeers import START_SECONDS, Peer, await_port, free_port
from tests.adapters.pki import pair

from guantong.secret import Secret


@contextmanager
def vsftpd(folder: Path, served: Path) -> Iterator[Peer]:
    """A server of this test alone, with its files in *folder*; it serves *served*."""
    program = shutil.which("vsftpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        reason = "vsftpd is not installed"
        if os.environ.get("GUANTONG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}; GUANTONG_REQUIRE_SERVICES=1 requires it", pytrace=False)
        pytest.skip(reason)
    own, port = pair("127.0.0.1", address="127.0.0.1"), free_port()
    (folder / "empty").mkdir(parents=True)
    (folder / "pair.pem").write_text(own.key_pem + own.pem)
    (folder / "ca.pem").write_text(own.pem)
    (folder / "vsftpd.conf").write_text("\n".join([
        "listen=YES", "listen_address=127.0.0.1", f"listen_port={port}", "background=NO", "run_as_launching_user=YES",
        "anonymous_enable=YES", f"anon_root={served}", "anon_upload_enable=YES", "anon_mkdir_write_enable=YES",
        "anon_other_write_enable=YES", "anon_world_readable_only=NO", "anon_umask=022", "write_enable=YES", "allow_writeable_chroot=YES",
        f"secure_chroot_dir={folder}/empty", "seccomp_sandbox=NO", "connect_from_port_20=NO", "xferlog_enable=NO",
        "ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_logins_ssl=YES", "force_anon_data_ssl=YES", "require_ssl_reuse=YES",
        f"rsa_cert_file={folder}/pair.pem", "",
    ]))
    (folder / "vsftpd.conf").chmod(0o600)
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 -- the system's own server, with a configuration of ours
            [program, str(folder / "vsftpd.conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        try:
            await_port(port, child, folder / "log")
            place = {"host": "127.0.0.1", "port": port, "user": "anonymous", "tls": "explicit", "ca": str(folder / "ca.pem")}
            yield Peer(served, {"ftp": place}, {"password": Secret("an-invented-password")}, disk="gb18030", names="gb18030")
        finally:
            child.terminate()
            child.wait(START_SECONDS)

"""pip install, for `make`: a line a package as pip comes to it; all that pip says where it fails."""

from __future__ import annotations

import re
import subprocess
import sys

_PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
_STEPS = {
    r"Collecting ([^ ;]+)": "  {0}",
    r"(Installing) collected packages": "{0} them ...",
    r"(Successfully)": "Done.",
}


def main() -> int:
    command = [*_PIP, *sys.argv[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout
        lines = []
        for line in pip.stdout:
            lines.append(line)
            for pattern, told in _STEPS.items():
                if found := re.match(pattern, line):
                    print(told.format(found[1]), flush=True)
    if pip.returncode:
        sys.stderr.writelines(lines)
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main())

"""Programs that the supervisor's tests run. They wait for signals, so that none ends by itself."""

SLEEPER = "import signal; signal.pause()"

FAMILY = """
import pathlib, signal, subprocess, sys
orphan = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
pathlib.Path(sys.argv[1]).write_text(str(orphan.pid))
signal.pause()
"""
"""Has a child of its own, whose pid it writes into the file that it is given."""

_WORKER = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: pathlib.Path(sys.argv[1]).write_text("signalled"))
pathlib.Path(sys.argv[1] + ".ready").touch()
while True:
    signal.pause()
"""

POLITE = f"""
import pathlib, signal, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", {_WORKER!r}, sys.argv[1] + ".worker"])
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("leader ended")
    worker.kill()
    worker.wait()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + ".ready").touch()
while True:
    signal.pause()
"""
"""Ends its worker itself when it is told to stop; the worker would note a signal that reached it."""

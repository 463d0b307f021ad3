"""The stand-in: attachVoxnumberToLink on a port of this machine, its state in a file.

It needs the extra `server` (Starlette and uvicorn). Nothing else in the package imports it.
"""

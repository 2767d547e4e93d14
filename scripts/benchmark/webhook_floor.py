"""The floor of `bench webhooks`: a bare aiohttp client making the same POSTs, nothing else.

Arguments: URL, how many, how many at once, bytes of a body. Prints requests a second.
"""

import asyncio
import sys
import time

import aiohttp
import uvloop


async def main(url: str, count: int, at_once: int, size: int) -> None:
    """Post until all are answered."""
    body = b"x" * size
    left = iter(range(count))
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def client() -> None:
            for number in left:
                headers = {"Content-Type": "application/json", "webhook-id": f"floor-{number}"}
                async with session.post(url, data=body, headers=headers) as response:
                    await response.read()

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(at_once)))
        print(count / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], *map(int, sys.argv[2:])))

"""Calls tools of mcp-panther as a language model would, in one session.

Reads a JSON list of [tool, arguments] from stdin; prints one JSON object, tool to answer, in order. An
argument `"$TOOL.path.to.value"` is taken from the answer of an earlier call. The names of all tools are the
answer of `tools`.
"""

import asyncio
import json
import sys

from fastmcp import Client
from mcp_panther.server import mcp


def look_up(answers, argument):
    if isinstance(argument, list):
        return [look_up(answers, one) for one in argument]
    if not (isinstance(argument, str) and argument.startswith("$")):
        return argument
    tool, *path = argument[1:].split(".")
    value = answers[tool]
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


async def main():
    calls = json.load(sys.stdin)
    answers = {}
    async with Client(mcp) as client:
        answers["tools"] = [tool.name for tool in await client.list_tools()]
        for tool, arguments in calls:
            arguments = {name: look_up(answers, value) for name, value in arguments.items()}
            try:
                result = await client.call_tool(tool, arguments)
                answers[tool] = result.structured_content or result.data
            except Exception as error:  # what the tool says is what the test looks at
                answers[tool] = {"success": False, "raised": str(error)}
    print(json.dumps(answers))


asyncio.run(main())

#include "vmcp/yaml/client_formats.hpp"

#include <array>

namespace vmcp {
namespace {

constexpr std::array<client_format, 13> formats{{
    {"Claude Code", "`.mcp.json`, `~/.claude.json`", "`mcpServers`, `projects.*.mcpServers`",
     "`url`, `headers`", "",
     "`disabledMcpServers` of a project, `enabledMcpjsonServers`, `disabledMcpjsonServers`"},
    {"Claude Desktop", "`claude_desktop_config.json`", "`mcpServers`", "`npx mcp-remote URL --header ...`",
     "`env` of mcp-remote", "`--ignore-tool` of mcp-remote"},
    {"Cline", "`cline_mcp_settings.json`", "`mcpServers`", "`url`, `headers`", "", "`disabled`"},
    {"Codex", "`~/.codex/config.toml`", "`mcp_servers`",
     "`url`, `http_headers`, `env_http_headers`, `bearer_token_env_var`", "",
     "`enabled`, `enabled_tools`, `disabled_tools`, `tool_timeout_sec`"},
    {"Continue", "`config.yaml`, `.continue/mcpServers/*.yaml`", "`mcpServers` (a list)",
     "`url`, `requestOptions.headers`", "`${{ secrets.NAME }}`", ""},
    {"Cursor", "`.cursor/mcp.json`", "`mcpServers`", "`url`, `headers`", "`${env:NAME}`, `${userHome}`", ""},
    {"Gemini CLI", "`.gemini/settings.json`", "`mcpServers`", "`httpUrl`, `url`, `headers`", "`$NAME`",
     "`includeTools`, `excludeTools`, `timeout`, `mcp.allowed`, `mcp.excluded`"},
    {"GitHub Copilot", "`mcp-config.json`", "`mcpServers`", "`url`, `headers`", "", "`tools`"},
    {"opencode", "`opencode.json`, `opencode.jsonc`", "`mcp`, `mcp.servers`", "`url`, `headers`",
     "`{env:NAME}`, `{file:PATH}`", "`enabled`"},
    {"Roo Code", "`.roo/mcp.json`", "`mcpServers`", "`url`, `headers`", "`${env:NAME}`",
     "`disabled`, `disabledTools`"},
    {"VS Code", "`.vscode/mcp.json`, `settings.json`", "`servers`, `mcp.servers`", "`url`, `headers`",
     "`${env:NAME}`, `${input:ID}` as the variable `ID` in capitals", ""},
    {"Windsurf", "`mcp_config.json`", "`mcpServers`", "`serverUrl`, `url`, `headers`", "`${env:NAME}`",
     "`disabled`, `disabledTools`"},
    {"Zed", "`settings.json`", "`context_servers`", "`url`, `headers`", "", "`enabled`"},
}};

} // namespace

std::span<const client_format> client_formats() noexcept {
    return formats;
}

} // namespace vmcp

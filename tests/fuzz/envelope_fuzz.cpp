// Fuzzes the envelope reader against nlohmann-json: same verdict on what is a message, the same id, method, name and
// tokens, slices that lie in the source, and a splice that changes nothing else. Batches likewise.
#include "vmcp/base/gather.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/message.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using nlohmann::json;
using vmcp::json_slice;
using vmcp::message;

void check(bool holds) {
    if (!holds)
        std::abort();
}

// A document as the other parser sees it. Nothing: it refuses the text.
struct oracle {
    json value{};
    bool twice = false; // some object has a member twice
};

std::optional<oracle> parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return std::nullopt; // it would stop reading there
    oracle out;
    std::vector<std::vector<std::string>> keys;
    const json::parser_callback_t look = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start)
            keys.emplace_back();
        if (event == json::parse_event_t::object_end)
            keys.pop_back();
        if (event == json::parse_event_t::key) {
            const auto key = parsed.get<std::string>();
            out.twice |= std::find(keys.back().begin(), keys.back().end(), key) != keys.back().end();
            keys.back().push_back(key);
        }
        return true;
    };
    out.value = json::parse(text.begin(), text.end(), look, false);
    if (out.value.is_discarded())
        return std::nullopt;
    return out;
}

void inside(std::string_view slice, std::string_view source) {
    check(slice.empty() ||
          (slice.data() >= source.data() && slice.data() + slice.size() <= source.data() + source.size()));
}

// The slice is the same value as the other parser's.
void same(const json_slice& slice, const json& object, const char* name, std::string_view source) {
    inside(slice.raw, source);
    const bool has = object.is_object() && object.contains(name);
    check(slice.empty() == !has);
    if (!has)
        return;
    const auto again = json::parse(slice.raw, nullptr, false);
    check(!again.is_discarded());
    check(again == object[name]);
}

const json nothing = json::object();

const json& member(const json& object, const char* name) {
    return object.is_object() && object.contains(name) ? object[name] : nothing;
}

void forget_null(json& object, const char* name) {
    if (object.is_object() && object.contains(name) && object[name].is_null())
        object.erase(name);
}

// The envelope as a reader is to take it: a null counts as absent where the protocol has no null, and {"result":null}
// is an answer only where nothing else is there.
json without_nulls(json whole) {
    for (const char* name : {"method", "params", "error"})
        forget_null(whole, name);
    if (whole.is_object() && (whole.contains("method") || whole.contains("error")))
        forget_null(whole, "result");
    return whole;
}

void compare(const message& m, const json& whole, std::string_view text) {
    inside(m.whole, text);
    // An error's id may be null, which reads like none.
    if (m.type != message::kind::error || !member(whole, "id").is_null())
        same(m.id, whole, "id", text);
    same(m.result, whole, "result", text);
    same(m.error, whole, "error", text);
    same(m.params, whole, "params", text);
    auto params = member(whole, "params");
    forget_null(params, "cursor");
    forget_null(params, "_meta");
    same(m.param.name, params, "name", text);
    same(m.param.uri, params, "uri", text);
    same(m.param.cursor, params, "cursor", text);
    same(m.param.level, params, "level", text);
    same(m.param.ref, params, "ref", text);
    same(m.param.request_id, params, "requestId", text);
    same(m.param.progress_token, params, "progressToken", text);
    same(m.param.meta, params, "_meta", text);
    auto meta = member(params, "_meta");
    forget_null(meta, "progressToken");
    same(m.param.meta_token, meta, "progressToken", text);
    if (m.type == message::kind::request || m.type == message::kind::notification) {
        const auto method = member(whole, "method").get<std::string>();
        // A method that is spelled with escapes and that nobody knows keeps its spelling.
        check(m.method == method || m.method.find('\\') != std::string_view::npos);
    }
}

// What JSON-RPC and MCP ask for, decided on the other parser's tree.
bool is_message(const json& j) {
    if (!j.is_object() || member(j, "jsonrpc") != "2.0")
        return false;
    const bool params_ok = !j.contains("params") || j["params"].is_object();
    const bool has_answer = j.contains("result") || j.contains("error");
    if (j.contains("method"))
        return j["method"].is_string() && !has_answer && params_ok;
    return params_ok && j.contains("result") != j.contains("error") &&
           (!j.contains("error") || j["error"].is_object());
}

bool escaped_version(std::string_view text) {
    return text.find("\\u0032") != std::string_view::npos || text.find("\\u0030") != std::string_view::npos ||
           text.find("\\u002") != std::string_view::npos || text.find("\\u003") != std::string_view::npos;
}

// What is passed on has the members that count, and no other.
void passes_on(const message& m, const json& envelope) {
    vmcp::splice text(m.whole);
    vmcp::leave_out(text, m.surplus);
    const auto parsed = parse(text.pieces().str());
    check(parsed && parsed->value == envelope);
}

void splices(const message& m, const json& whole) {
    vmcp::splice unchanged(m.whole);
    unchanged.replace(m.id.raw, m.id.raw);
    unchanged.replace(m.param.name.raw, m.param.name.raw);
    unchanged.replace(m.param.meta_token.raw, m.param.meta_token.raw);
    check(unchanged.pieces().str() == m.whole);

    vmcp::splice changed(m.whole);
    changed.replace(m.param.meta_token.raw, "4711");
    changed.replace(m.param.name.raw, "\"n\\u0020m\"");
    changed.replace(m.id.raw, "\"i\"");
    const auto text = changed.pieces().str();
    const auto again = vmcp::read_message(text, 200);
    check(again.has_value());
    auto expected = whole;
    if (!m.id.empty())
        expected["id"] = "i";
    if (!m.param.name.empty())
        expected["params"]["name"] = "n m";
    if (!m.param.meta_token.empty())
        expected["params"]["_meta"]["progressToken"] = 4711;
    const auto parsed = parse(text);
    check(parsed && parsed->value == expected);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto m = vmcp::read_message(text, 128);
    const auto tree = parse(text);
    if (m) {
        // The other parser refuses lone surrogates and numbers beyond double; then there is nothing to compare with.
        if (tree && !tree->twice) {
            const auto envelope = without_nulls(tree->value);
            check(is_message(envelope));
            compare(*m, envelope, text);
            passes_on(*m, envelope);
            splices(*m, tree->value);
        }
    } else {
        check(!m.error().message().empty());
        // Whatever is a message to the other one must be one to us, but for ids, depth, and members given twice.
        if (tree && !tree->twice && is_message(without_nulls(tree->value)) &&
            m.error().code == vmcp::errc::invalid_request) {
            const auto& id = member(tree->value, "id");
            const bool id_to_blame = id.is_null() || id.is_boolean() || id.is_structured() ||
                                     id.is_number_float() || !tree->value.contains("id");
            check(id_to_blame || escaped_version(text));
        }
    }

    constexpr std::size_t most = 16;
    if (const auto parts = vmcp::read_batch(text, most, 128)) {
        check(vmcp::looks_like_batch(text));
        check(!parts->empty() && parts->size() <= most);
        for (const auto part : *parts) {
            inside(part, text);
            (void)vmcp::read_message(part, 128);
        }
        if (tree) {
            check(tree->value.is_array() && tree->value.size() == parts->size());
            for (std::size_t i = 0; i < parts->size(); ++i)
                check(json::parse((*parts)[i], nullptr, false) == tree->value[i]);
        }
    } else if (tree && tree->value.is_array() && parts.error().code == vmcp::errc::invalid_request) {
        check(tree->value.empty() || tree->value.size() > most);
    }
    return 0;
}

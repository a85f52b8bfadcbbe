// The notes demo: a list of notes that clients change, with the notifications that follow from it.
#include "vmcp/program/demo/demo_content.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <map>

namespace vmcp {
namespace {

constexpr std::string_view scheme = "note://";
constexpr std::size_t max_notes = 1000;
constexpr std::size_t max_length = 10'000;

std::string uri_of(const std::string& id) {
    return std::string(scheme) + id;
}

demo_json string_schema(const char* description) {
    return {{"type", "string"}, {"description", description}};
}

class notes final : public demo_content {
public:
    [[nodiscard]] std::string_view instructions() const override {
        return "Notes that live as long as this program. Each note is a resource note://ID as well.";
    }

    [[nodiscard]] demo_json tools() const override {
        auto list = demo_json::array();
        list.push_back({{"name", "list_notes"},
                        {"title", "List notes"},
                        {"description", "All notes with their ids."},
                        {"inputSchema", {{"type", "object"}, {"properties", demo_json::object()}}},
                        {"annotations", {{"readOnlyHint", true}, {"openWorldHint", false}}}});
        list.push_back(
            {{"name", "add_note"},
             {"title", "Add or change a note"},
             {"description", "Adds a note. With the id of a note that is there, replaces its text."},
             {"inputSchema",
              {{"type", "object"},
               {"properties",
                {{"text", string_schema("What to note")}, {"id", string_schema("The note to replace")}}},
               {"required", list_of("text")}}},
             {"annotations", {{"readOnlyHint", false}, {"openWorldHint", false}}}});
        list.push_back({{"name", "delete_note"},
                        {"title", "Delete a note"},
                        {"description", "Deletes a note."},
                        {"inputSchema",
                         {{"type", "object"},
                          {"properties", {{"id", string_schema("Its id")}}},
                          {"required", list_of("id")}}},
                        {"annotations",
                         {{"destructiveHint", true}, {"idempotentHint", true}, {"openWorldHint", false}}}});
        return list;
    }

    [[nodiscard]] demo_json resources() const override {
        auto list = demo_json::array();
        for (const auto& [id, text] : notes_)
            list.push_back({{"uri", uri_of(id)},
                            {"name", "note " + id},
                            {"mimeType", "text/plain"},
                            {"size", text.size()}});
        return list;
    }

    [[nodiscard]] demo_json templates() const override {
        return list_of({{"uriTemplate", "note://{id}"},
                        {"name", "note"},
                        {"description", "A note by its id."},
                        {"mimeType", "text/plain"}});
    }

    [[nodiscard]] demo_json prompts() const override {
        return list_of({{"name", "summarize_notes"}, {"description", "Asks for a summary of all notes."}});
    }

    [[nodiscard]] bool is_slow(std::string_view) const override { return false; }

    boost::asio::awaitable<demo_result> call(std::string tool, demo_json arguments, demo_run&) override {
        if (tool == "list_notes")
            co_return list();
        if (tool == "add_note")
            co_return add(text_argument(arguments, "text"), text_argument(arguments, "id"));
        if (tool == "delete_note")
            co_return remove(text_argument(arguments, "id"));
        co_return fail(errc::unknown_tool, tool);
    }

    [[nodiscard]] demo_result read(std::string_view uri) const override {
        const auto it =
            uri.starts_with(scheme) ? notes_.find(std::string(uri.substr(scheme.size()))) : notes_.end();
        if (it == notes_.end())
            return fail(errc::resource_not_found, std::string(uri));
        return json_text(
            {{"contents", list_of({{"uri", uri}, {"mimeType", "text/plain"}, {"text", it->second}})}});
    }

    [[nodiscard]] demo_result prompt(std::string_view name, const demo_json&) const override {
        if (name != "summarize_notes")
            return fail(errc::unknown_prompt, std::string(name));
        auto messages = demo_json::array();
        messages.push_back(
            {{"role", "user"},
             {"content", {{"type", "text"}, {"text", "Summarize these notes in one sentence each."}}}});
        for (const auto& [id, text] : notes_)
            messages.push_back(
                {{"role", "user"},
                 {"content",
                  {{"type", "resource"},
                   {"resource", {{"uri", uri_of(id)}, {"mimeType", "text/plain"}, {"text", text}}}}}});
        return json_text({{"description", "All notes, to be summarized"}, {"messages", std::move(messages)}});
    }

    [[nodiscard]] demo_json complete(const demo_json&, std::string_view argument,
                                     std::string_view typed) const override {
        auto values = demo_json::array();
        for (const auto& [id, ignored] : notes_)
            if (argument == "id" && id.starts_with(typed) && values.size() < 100)
                values.push_back(id);
        return values;
    }

private:
    std::string list() const {
        std::string text;
        for (const auto& [id, words] : notes_)
            text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", id, words);
        return text_result(text.empty() ? "There are no notes." : text);
    }

    std::string add(const std::string& text, std::string id) {
        if (text.empty() || text.size() > max_length)
            return error_result(fmt::format("text must have 1 to {} bytes", max_length));
        if (const auto it = notes_.find(id); it != notes_.end()) {
            it->second = text;
            announce("notifications/resources/updated", {{"uri", uri_of(id)}});
            return text_result(fmt::format("Changed note {}.", id));
        }
        if (!id.empty())
            return error_result(fmt::format("There is no note {}; leave id out to add one.", id));
        if (notes_.size() >= max_notes)
            return error_result(fmt::format("There are {} notes already; delete some.", max_notes));
        id = std::to_string(++last_id_);
        notes_.emplace(id, text);
        announce("notifications/message",
                 {{"level", "info"}, {"logger", "notes"}, {"data", "added note " + id}});
        announce("notifications/resources/list_changed", nullptr);
        auto content = text_content(fmt::format("Added note {}.", id));
        content.push_back({{"type", "resource_link"},
                           {"uri", uri_of(id)},
                           {"name", "note " + id},
                           {"mimeType", "text/plain"}});
        return json_text({{"content", std::move(content)}});
    }

    std::string remove(const std::string& id) {
        if (notes_.erase(id) == 0)
            return error_result(fmt::format("There is no note {}.", id));
        announce("notifications/message",
                 {{"level", "info"}, {"logger", "notes"}, {"data", "deleted note " + id}});
        announce("notifications/resources/list_changed", nullptr);
        return text_result(fmt::format("Deleted note {}.", id));
    }

    // Numbers sort as people expect.
    struct by_number {
        bool operator()(const std::string& a, const std::string& b) const {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        }
    };

    std::map<std::string, std::string, by_number> notes_{
        {"1", "Welcome: add_note adds a note, delete_note deletes one."}};
    unsigned last_id_ = 1;
};

} // namespace

std::unique_ptr<demo_content> make_notes() {
    return std::make_unique<notes>();
}

} // namespace vmcp

// The merged catalog: an immutable value that answers every list and says which backend owns a name.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/catalog/backend_features.hpp"
#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/catalog/list_revision.hpp"
#include "vmcp/catalog/rendered_list.hpp"
#include "vmcp/config/config.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Where an exposed name leads: the backend's index in the catalog's `backends()` and the name the backend
// knows it by.
struct route {
    std::uint32_t backend = 0;
    std::string original{};
    std::string quoted_original{};    // as a JSON string literal, ready to be spliced
    bool renamed = false;             // the exposed name differs from the original
    std::uint32_t entry = not_listed; // its place in catalog::entry() of its kind
    static constexpr std::uint32_t not_listed = 0xFFFF'FFFF;
    bool by_template = false; // find_resource() found no such URI, but a template that it fits
};

// An entry that a client does not see, and why: the answer to "why is my tool missing?".
struct hidden_entry {
    list_kind kind = list_kind::tools;
    std::string backend{};
    std::string name{};   // the backend's own name; empty when it has none that can be read
    std::string reason{}; // for people
    friend bool operator==(const hidden_entry&, const hidden_entry&) = default;
};

// An entry that clients see and its owner, in list order: for policies, the status page and tests.
struct visible_entry {
    list_kind kind = list_kind::tools;
    std::string exposed{};
    std::string backend{};
    std::string original{};
    std::string
        note{}; // for people: why it is exposed under a name that no rule of the user asked for, or not as written
    bool mended = false; // it did not fit the protocol's schema as its backend wrote it
    friend bool operator==(const visible_entry&, const visible_entry&) = default;
};

class catalog {
public:
    // Backends in configuration order, including those with nothing to offer.
    [[nodiscard]] const std::vector<std::string>& backends() const noexcept;

    // What a backend declared when its lists were read; nothing but false for one without lists.
    [[nodiscard]] const backend_features& features(std::uint32_t backend) const noexcept;

    // A list as clients of that revision see it who may see all of it. That of usual_revision was rendered when the catalog was
    // built; the others are that one where no entry differs.
    [[nodiscard]] const rendered_list& list(list_kind kind,
                                            list_revision revision = usual_revision) const noexcept;
    [[nodiscard]] bool differs(list_kind kind, list_revision revision) const noexcept;
    // The entries of the list of usual_revision, in its order.
    [[nodiscard]] std::span<const visible_entry> visible(list_kind kind) const noexcept;
    // Those that clients of other revisions see and these do not. Their places follow those of visible(kind).
    [[nodiscard]] std::span<const visible_entry> withheld(list_kind kind) const noexcept;
    // What has a place in either.
    [[nodiscard]] const visible_entry& entry(list_kind kind, std::size_t place) const noexcept;
    // Its text as clients of that revision see it, or, where they do not, as others see it.
    [[nodiscard]] std::string_view entry_text(list_kind kind, std::size_t place,
                                              list_revision revision = usual_revision) const noexcept;
    // The list as clients of that revision see it, without the places that `keep` says false for; it has as many elements as
    // visible(kind) and withheld(kind) together. The texts are those of the catalog.
    [[nodiscard]] std::vector<std::string_view> texts(list_kind kind, list_revision revision,
                                                      const std::vector<bool>& keep) const;
    // What the lists take in memory, about.
    [[nodiscard]] std::size_t bytes() const noexcept;

    // Lookup of visible entries by exposed name; nullptr when there is none. Hidden entries are not found.
    [[nodiscard]] const route* find_tool(std::string_view exposed) const noexcept;
    [[nodiscard]] const route* find_prompt(std::string_view exposed) const noexcept;

    // Where a URI leads, first match: a listed URI, in any spelling (uri_normal.hpp); one that a tool mentions; a
    // wrapped form of a backend that has wrapped entries; the most specific template that it is an expansion of by
    // RFC 6570; a template that it fits loosely (characters that should have been percent-encoded); any other wrapped form,
    // which only a template that is written as one comes before. The route's `original` is the URI the backend knows.
    [[nodiscard]] std::optional<route> find_resource(std::string_view uri) const;
    // By which URIs policies know what find_resource() leads to, never none: of what is listed or mentioned, the exposed
    // one, however the client spelled it; of anything else, the one that was written and its normal form, because its
    // backend may take them for the same.
    [[nodiscard]] std::vector<std::string> names_of(const route& to) const;
    // A `ref/resource` of completion/complete: an exposed URI template or URI.
    [[nodiscard]] const route* find_template(std::string_view exposed) const noexcept;

    // The exposed form of a URI that `backend` wrote (resources/updated, contents[].uri): wrapped when
    // find_resource() would lead the client to another backend with it, else the same text.
    [[nodiscard]] std::string expose_uri(std::uint32_t backend, std::string_view uri) const;
    // The same of a URI that find_resource() leads to `to`.
    [[nodiscard]] std::string expose_uri(std::uint32_t backend, std::string_view uri, const route& to) const;
    // The wrapped form, which leads to `backend` whatever others offer; the same text where that cannot be (http, https).
    [[nodiscard]] std::string wrapped_uri(std::uint32_t backend, std::string_view uri) const;

    // The merged InitializeResult parts: raw JSON object and decoded text.
    [[nodiscard]] const std::string& capabilities() const noexcept;
    [[nodiscard]] const std::string& instructions() const noexcept;

    [[nodiscard]] const std::vector<hidden_entry>& hidden() const noexcept;
    [[nodiscard]] const std::vector<visible_entry>& visible() const noexcept;

    catalog(const catalog&) = delete;
    catalog& operator=(const catalog&) = delete;
    ~catalog();

    struct state; // catalog_state.hpp, private to merge.cpp and catalog.cpp
    explicit catalog(std::unique_ptr<const state> s); // use merge()

private:
    std::unique_ptr<const state> state_;
};

// Pure: the same input gives the same catalog, byte for byte. `backends` are the names of all backends, each once, in the
// order of every list. Lists may come in any order, at most one per backend (of two the first counts), and may lack
// backends (they then offer nothing); lists of backends that are not named are ignored. No conflict and no odd entry makes
// it fail: what cannot be shown is in hidden().
using list_refs = std::vector<std::shared_ptr<const backend_lists>>; // none is null
[[nodiscard]] std::shared_ptr<const catalog>
merge(const config& settings, const std::vector<std::string>& backends, const list_refs& lists);

// The same for the backends of the configuration.
[[nodiscard]] std::shared_ptr<const catalog> merge(const config& settings,
                                                   const std::vector<backend_lists>& lists);

} // namespace vmcp

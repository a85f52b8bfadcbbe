#include "transport/mcp/back/list_reading.hpp"

#include "transport/net/worker.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/words.hpp"
#include "vmcp/catalog/read_page.hpp"
#include "vmcp/catalog/stable_hash.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::list_kind;
using vmcp::steady_clock;

namespace {

constexpr int most_pages = 1000;
constexpr int most_empty_pages = 10; // in a row; a server may filter what it has cut into pages before

// A place at the backend for one request of a reading.
vmcp::awaitable<vmcp::result<call_limit::place>> place_for(list_terms terms, steady_clock::time_point until) {
    if (terms.places == nullptr)
        co_return call_limit::place();
    co_return co_await terms.places->enter(until, terms.control, call_limit::use::errand);
}

// The session that the lists are read in.
vmcp::awaitable<vmcp::result<session_state::session_ptr>> session_for(http_session& session,
                                                                      list_terms terms) {
    const auto until = steady_clock::now() + terms.session_timeout;
    const auto place = co_await place_for(terms, until);
    if (!place)
        co_return place.error();
    auto in = co_await session.ensure(until, terms.control);
    if (!in && terms.met != nullptr) {
        *terms.met = session.refusal();
        if (in.error().code == errc::backend_timeout)
            terms.met->method = "initialize";
    }
    co_return in;
}

// One list, page after page.
class page_reader {
public:
    page_reader(page_source& from, list_kind kind, std::size_t max_bytes, const list_terms& terms,
                vmcp::list_budget& budget)
        : from_(from)
        , kind_(kind)
        , method_(vmcp::spec_of(kind).method)
        , max_bytes_(max_bytes)
        , terms_(terms)
        , budget_(budget) {}

    asio::awaitable<vmcp::result<void>> run() {
        for (int page = 0; page < most_pages; ++page) {
            const auto result = co_await fetch();
            if (!result && page > 0 && met().too_large) {
                finish(fmt::format("a page of {} is larger than {} bytes (limits.maxBackendBody): it and "
                                   "what is behind it are left out",
                                   method_, max_bytes_));
                co_return vmcp::result<void>();
            }
            if (!result)
                co_return result.error();
            // The page itself is there already.
            vmcp::memory_claim page_memory(held_.ledger(), vmcp::memory_class::catalog);
            page_memory.cover_anyway(result->size());
            const auto last = co_await take(*result);
            if (!last)
                co_return struck(last.error());
            if (*last)
                co_return vmcp::result<void>();
        }
        finish(
            fmt::format("{} has more than {} pages: what is behind them is left out", method_, most_pages));
        co_return vmcp::result<void>();
    }

    // What the items are counted for.
    [[nodiscard]] std::shared_ptr<const vmcp::memory_claim> held() && {
        return std::make_shared<const vmcp::memory_claim>(std::move(held_));
    }

    std::vector<vmcp::list_item> items{};
    std::vector<vmcp::dropped_entry> dropped{};

private:
    // Of the entries of a page that is at hand.
    [[nodiscard]] std::size_t room() const {
        const auto* const memory = held_.ledger();
        return memory == nullptr ? std::numeric_limits<std::size_t>::max()
                                 : memory->room(vmcp::memory_class::catalog);
    }
    vmcp::failure no_room() const {
        return vmcp::fail(errc::no_memory,
                          fmt::format("{} lists more than there is room for (limits.memory)", method_));
    }

    asio::awaitable<vmcp::result<std::string>> fetch() {
        const auto place = co_await place_for(terms_, steady_clock::now() + terms_.page_timeout);
        if (!place)
            co_return place.error();
        met().words.clear(); // of the list before
        met().too_large = false;
        auto params = cursor_.empty() ? std::string() : fmt::format(R"({{"cursor":{}}})", cursor_);
        co_return co_await from_.fetch(method_, std::move(params),
                                       {.timeout = terms_.page_timeout,
                                        .cancellation = terms_.control,
                                        .met = &met(),
                                        .sent_with = &sent_with_});
    }

    // A page may be long, and others wait for this thread.
    asio::awaitable<vmcp::result<vmcp::page_info>> parse(const std::string& result) {
        constexpr std::size_t step = std::size_t{256} << 10;
        vmcp::list_page_reader page(kind_, result, items, &budget_, room());
        for (;;) {
            const auto over = page.step(step);
            if (!over)
                co_return over.error();
            if (*over)
                co_return std::move(page).info();
            co_await asio::post(asio::use_awaitable);
        }
    }

    // True: it was the last page that is read.
    asio::awaitable<vmcp::result<bool>> take(const std::string& result) {
        const bool first = cursor_.empty();
        bytes_ += result.size();
        if (bytes_ > max_bytes_) {
            const auto why = fmt::format("the pages of {} are larger than {} bytes (limits.maxBackendBody)",
                                         method_, max_bytes_);
            if (first)
                co_return broken(why);
            finish(why + ": the rest is left out");
            co_return true;
        }
        const auto had = items.size();
        auto read = co_await parse(result);
        if (!read)
            co_return read.error();
        if (!held_.cover(held_.size() + read->bytes))
            co_return no_room();
        all_dropped_ += read->dropped;
        left_out_ += read->left_out;
        for (auto& entry : read->reasons)
            if (dropped.size() < vmcp::max_drop_reasons)
                dropped.push_back(std::move(entry));
        const auto repeated = first ? 0 : drop_repeated(had);
        // An empty cursor is one like any other (MCP, "Pagination"), but there are servers that mean the end by
        // it and, when asked for it, write their list again.
        if (read->cursor == R"("")" && cursor_ == read->cursor)
            read->cursor.clear();
        else
            repeated_ += repeated;
        // What would not be taken is not read either.
        more_left_out_ = budget_.used_up && !read->cursor.empty();
        if (read->cursor.empty() || more_left_out_) {
            finish(repeated_ == 0 ? std::string()
                                  : fmt::format("{} entries are on several pages of {}, and taken once",
                                                repeated_, method_));
            co_return true;
        }
        if (auto why = goes_round(read->cursor, items.size() > had, repeated > 0); !why.empty()) {
            finish(std::move(why));
            co_return true;
        }
        for (auto one = had; one < items.size(); ++one)
            keys_.insert(vmcp::stable_hash(items[one].key));
        cursor_ = std::move(read->cursor);
        co_return false;
    }

    // Why what is behind `next` is not asked for, as there would be no end; empty: it is. Of the page before it: it brought
    // something new, or something known.
    std::string goes_round(const std::string& next, bool brought_new, bool brought_known) {
        if (!cursors_.insert(vmcp::stable_hash(next)).second)
            return fmt::format("{} repeats the cursor {}: what is behind it cannot be read", method_,
                               vmcp::excerpt_of(next, sent_with_->secrets));
        empty_pages_ = brought_new ? 0 : empty_pages_ + 1;
        const bool again = !cursor_.empty() && !brought_new && brought_known;
        if (again || empty_pages_ >= most_empty_pages)
            return fmt::format(
                "the pages of {} bring nothing new any more: what is behind them is not asked for", method_);
        return {};
    }

    // Nothing more is read. `why`: what operators read of that; empty: all of it was.
    void finish(std::string why) {
        if (all_dropped_ > dropped.size())
            dropped.push_back(
                {kind_, {}, vmcp::count_of(all_dropped_ - dropped.size(), "more entry", "more entries")});
        if (left_out_ > 0 || more_left_out_)
            dropped.push_back({kind_, {}, left_out_text(more_left_out_)});
        if (!why.empty())
            dropped.push_back({kind_, {}, std::move(why)});
    }

    std::string left_out_text(bool more_pages) const {
        const std::string_view verb = more_pages ? " and further pages are" : left_out_ == 1 ? " is" : " are";
        return fmt::format(
            "{}{} left out: of one backend {} taken (limits.maxListEntries), with {} altogether "
            "(limits.maxListBytes)",
            vmcp::count_of(left_out_, "more entry", "more entries"), verb,
            vmcp::count_of(terms_.max_entries, "entry is", "entries are"),
            vmcp::count_of(terms_.max_bytes, "byte"));
    }

    // Of the page that begins at `had`: what earlier pages have already, as servers do that do not look at the cursor. Gives
    // how many those were.
    std::size_t drop_repeated(std::size_t had) {
        const auto from = items.begin() + static_cast<std::ptrdiff_t>(had);
        const auto known = std::remove_if(
            from, items.end(), [&](const auto& one) { return keys_.contains(vmcp::stable_hash(one.key)); });
        const auto count = static_cast<std::size_t>(items.end() - known);
        items.erase(known, items.end());
        return count;
    }

    call_facts& met() { return terms_.met != nullptr ? *terms_.met : own_met_; }

    vmcp::failure struck(vmcp::failure why) const {
        why.detail = vmcp::without_secrets(why.detail, sent_with_->secrets);
        return why;
    }

    static vmcp::failure broken(std::string detail) {
        return vmcp::fail(errc::backend_protocol, std::move(detail));
    }

    page_source& from_;
    list_kind kind_;
    std::string_view method_;
    std::size_t max_bytes_;
    const list_terms& terms_;
    vmcp::list_budget& budget_;
    std::size_t bytes_ = 0;
    std::size_t all_dropped_ = 0;
    std::size_t left_out_ = 0;
    bool more_left_out_ = false; // whole pages
    std::size_t repeated_ = 0;
    int empty_pages_ = 0;  // in a row
    std::string cursor_{}; // of the page that is read; empty: the first
    // By their hashes, so that a cursor as long as a page and keys cost what cost_of() allows for: a backend that finds two of
    // one hash loses an entry of its own.
    std::unordered_set<std::uint64_t> cursors_{};
    std::unordered_set<std::uint64_t> keys_{}; // of the pages before
    call_facts own_met_{};
    credential_ptr sent_with_{};
    vmcp::memory_claim held_{worker::current().memory(), vmcp::memory_class::catalog};
};

class session_pages final : public page_source {
public:
    explicit session_pages(http_session& session) : session_(session) {}
    vmcp::awaitable<vmcp::result<std::string>> fetch(std::string_view method, std::string params,
                                                     own_terms terms) override {
        return session_.fetch(method, std::move(params), terms);
    }

private:
    http_session& session_;
};

} // namespace

vmcp::awaitable<vmcp::result<list_reading>> read_pages(page_source& from, vmcp::backend_lists about,
                                                       std::size_t max_bytes, list_terms terms) {
    list_reading reading{.lists = std::move(about)};
    auto& lists = reading.lists;
    vmcp::list_budget budget{terms.max_entries, terms.max_bytes};
    for (const auto kind : vmcp::all_list_kinds) {
        const auto spec = vmcp::spec_of(kind);
        if (vmcp::json_optional(lists.capabilities, spec.capability, 512).empty())
            continue;
        page_reader pages(from, kind, max_bytes, terms, budget);
        if (const auto read = co_await pages.run()) {
            vmcp::items_of(lists, kind) = std::move(pages.items);
            std::ranges::move(pages.dropped, std::back_inserter(lists.dropped));
            lists.held.of[static_cast<std::size_t>(kind)] = std::move(pages).held();
        } else if (read.error().code == errc::cancelled ||
                   (kind == list_kind::tools && read.error().code != errc::backend_protocol &&
                    read.error().code != errc::no_memory)) {
            co_return read.error();
        } else {
            auto why = read.error();
            if (terms.met != nullptr && !terms.met->words.empty())
                why.detail.append(": ").append(terms.met->words);
            reading.missed.push_back({kind, std::string(spec.method), std::move(why)});
        }
    }
    co_return reading;
}

vmcp::awaitable<vmcp::result<list_reading>> read_lists(std::shared_ptr<http_session> session,
                                                       std::string backend, std::size_t max_bytes,
                                                       list_terms terms) {
    const auto in = co_await session_for(*session, terms);
    if (!in)
        co_return in.error();
    // Changes that come while the lists are read must not be missed: the stream is opened first.
    session->listen_always();
    vmcp::backend_lists about{.backend = std::move(backend),
                              .capabilities = (*in)->capabilities,
                              .instructions = (*in)->instructions};
    session_pages pages(*session);
    co_return co_await read_pages(pages, std::move(about), max_bytes, terms);
}

} // namespace transport

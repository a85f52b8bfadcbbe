#include "transport/mcp/back/http_backend.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::list_kind;
using vmcp::steady_clock;

namespace {

// Servers list tools only to clients that can do what the tools need: the gateway asks for all that any of
// its clients may use.
constexpr std::string_view all_capabilities =
    R"({"roots":{"listChanged":true},"sampling":{},"elicitation":{"form":{},"url":{}}})";

} // namespace

http_backend::http_backend(std::shared_ptr<const upstream_context> context)
    : context_(std::move(context))
    , limit_(config().max_concurrency, config().max_queue)
    , timeout_(config().timeout)
    , own_(std::make_shared<upstream>(context_, std::weak_ptr<vmcp::client_session>(),
                                      std::string(all_capabilities), vmcp::latest_version)) {
}

http_backend::~http_backend() = default;

bool http_backend::is_dedicated(const client_terms& client) const {
    return client.session && config().sessions == vmcp::backend_session_mode::dedicated;
}

std::shared_ptr<upstream> http_backend::upstream_for(const client_terms& client) {
    if (is_dedicated(client)) {
        const auto session = client.session->backend(
            this, [&]() -> std::shared_ptr<vmcp::backend_session> { return make_upstream(client); });
        // Whoever retired this has dropped what client sessions held of it, maybe just before.
        if (retired_.load())
            client.session->drop_backend(this);
        return std::static_pointer_cast<upstream>(session);
    }
    const std::lock_guard lock(mutex_);
    auto key = fmt::format("{} {}", text_of(client.version), client.can.raw);
    if (const auto known = shared_.find(key); known != shared_.end())
        return known->second;
    auto made = make_upstream(client);
    if (retired_.load())
        made->close();
    else
        shared_.emplace(std::move(key), made);
    return made;
}

std::shared_ptr<upstream> http_backend::make_upstream(const client_terms& client) const {
    std::weak_ptr<vmcp::client_session> owner;
    if (is_dedicated(client))
        owner = client.session;
    return std::make_shared<upstream>(context_, owner, client.can.raw, client.version);
}

std::shared_ptr<vmcp::backend_session>
http_backend::session_for(const std::shared_ptr<vmcp::client_session>& client) {
    const client_terms terms{client, client->capabilities(), client->version()};
    auto session = upstream_for(terms);
    if (is_dedicated(terms))
        return session;
    return seat_of(client, session);
}

// A client finds what it shares by its seat, when it sets something or ends.
std::shared_ptr<vmcp::backend_session>
http_backend::seat_of(const std::shared_ptr<vmcp::client_session>& client,
                      const std::shared_ptr<upstream>& session) const {
    auto seat = client->backend(this, [&] { return session->seat_for(client); });
    if (retired_.load())
        client->drop_backend(this);
    return seat;
}

// A peer may echo the credentials it refused, in any words of its own.
std::string http_backend::shown(std::string_view detail) const {
    return vmcp::without_secrets(detail, context_->connections->secrets());
}

vmcp::awaitable<vmcp::result<void>> http_backend::exchange(const vmcp::outgoing& sent,
                                                           vmcp::reply_sink& out) {
    const auto self = shared_from_this(); // a reload may retire this backend while the call runs
    vmcp::call& what = *sent.what;
    const auto& terms = what.terms();
    const client_terms client{terms.session, *terms.can, terms.version};
    const auto named = [&](vmcp::failure why) {
        why.detail = fmt::format("\"{}\": {}", name(), shown(why.detail));
        if (why.data.empty())
            why.data =
                fmt::format(R"({{"backend":"{}","retryable":{}}})", name(), row_of(why.code).retryable);
        return why;
    };
    const auto until = std::min(terms.deadline, steady_clock::now() +
                                                    timeout()); // one deadline for the wait and for the call
    auto place = limit_.try_enter();
    if (!place) {
        auto turn = co_await limit_.enter(until, &what);
        if (!turn)
            co_return turn.error().code == errc::cancelled ? turn.error() : named(turn.error());
        place.emplace(std::move(*turn));
    }
    auto permit = context_->guard->admit();
    if (!permit)
        co_return named(permit.error());
    auto session = upstream_for(client);
    // A call that waited for its turn while this was retired has a session of its own, for this once.
    const bool once = retired_.load();
    if (once)
        session = make_upstream(client);
    else if (terms.session && !is_dedicated(client))
        seat_of(terms.session, session);
    // Its stream matters to a client that hears what comes on it, or can be asked something.
    const auto way = terms.session ? terms.session->stream() : nullptr;
    if ((way && way->listening()) || terms.can->any())
        session->listen();
    const vmcp::message& m = what.request();
    const upstream_request request{
        .message = m.whole,
        .id = m.id.raw,
        .token = m.param.meta_token.raw,
        .name = sent.name.raw,
        .replacement = sent.replacement,
        .method = m.method,
        .headers = &terms.headers,
        .control = &what,
        .of = &what,
        .client = terms.session.get(),
        .repeatable = sent.repeatable,
        .timeout = timeout(),
        .until = until,
        .met = &permit->met,
    };
    vmcp::result<void> outcome;
    try {
        outcome = co_await session->request(request, out);
    } catch (...) {
        // A bug of ours says nothing about the backend, but its guard must not wait for this call for ever.
        const auto why = vmcp::fail(errc::internal);
        context_->guard->ended(*permit, &why);
        if (once)
            session->close();
        throw;
    }
    if (once)
        session->close();
    if (outcome) {
        context_->guard->ended(*permit, nullptr);
        co_return outcome;
    }
    const auto why = outcome.error();
    context_->guard->ended(*permit, &why);
    co_return why.code == errc::cancelled ? why : named(why);
}

asio::awaitable<vmcp::result<list_reading>> http_backend::fetch_lists(list_terms terms) {
    const auto self = shared_from_this();
    const auto session = own_;
    auto with = co_await session->ensure(steady_clock::now() + terms.page_timeout);
    if (!with) {
        if (terms.met != nullptr)
            *terms.met = session->refusal();
        co_return with.error();
    }
    // Changes that come while the lists are read must not be missed: the stream is opened first.
    session->listen();
    list_reading reading;
    auto& lists = reading.lists;
    lists.backend = name();
    lists.capabilities = (*with)->capabilities;
    lists.instructions = (*with)->instructions;
    for (const auto kind : vmcp::all_list_kinds) {
        const auto spec = vmcp::spec_of(kind);
        if (!(*with)->offers(spec.capability))
            continue;
        auto& items = vmcp::items_of(lists, kind);
        std::vector<vmcp::dropped_entry> dropped;
        const auto read = co_await fetch_list(*session, kind, items, dropped, terms);
        if (read) {
            std::ranges::move(dropped, std::back_inserter(lists.dropped));
            continue;
        }
        auto why = read.error();
        why.detail = shown(why.detail);
        if (why.code == errc::cancelled || (kind == list_kind::tools && why.code != errc::backend_protocol))
            co_return why;
        items.clear();
        reading.missed.push_back({kind, std::string(spec.method), std::move(why)});
    }
    offers_resources_ = (*with)->offers("resources");
    co_return reading;
}

asio::awaitable<vmcp::result<void>> http_backend::fetch_list(upstream& session, list_kind kind,
                                                             std::vector<vmcp::list_item>& out,
                                                             std::vector<vmcp::dropped_entry>& dropped,
                                                             list_terms terms) {
    constexpr int most_pages = 1000;
    const auto method = vmcp::spec_of(kind).method;
    const std::size_t most_bytes = context_->max_body;
    std::size_t bytes = 0;
    std::size_t all_dropped = 0;
    const auto start = static_cast<std::ptrdiff_t>(out.size());
    std::string cursor;
    std::set<std::string> cursors;
    for (int page = 0; page < most_pages; ++page) {
        const auto result = co_await session.ask(
            method, cursor.empty() ? std::string() : fmt::format(R"({{"cursor":{}}})", cursor),
            terms.page_timeout, terms.control, terms.met);
        if (!result)
            co_return result.error();
        bytes += result->size();
        if (bytes > most_bytes)
            co_return vmcp::fail(
                errc::backend_protocol,
                fmt::format("the pages of {} are larger than {} bytes (limits.maxBackendBody)", method,
                            most_bytes));
        const auto had = static_cast<std::ptrdiff_t>(out.size());
        auto read = vmcp::read_list_page(kind, *result, out);
        if (!read)
            co_return read.error();
        all_dropped += read->dropped;
        for (auto& entry : read->reasons)
            if (dropped.size() < vmcp::max_drop_reasons)
                dropped.push_back(std::move(entry));
        // An empty cursor is one like any other (MCP, "Pagination"), but there are servers that mean the end by
        // it and, when asked for it, write their list again.
        if (read->cursor == R"("")" && cursor == read->cursor) {
            if (std::equal(out.begin() + had, out.end(), out.begin() + start))
                out.erase(out.begin() + had, out.end());
            read->cursor.clear();
        }
        if (read->cursor.empty()) {
            if (all_dropped > dropped.size())
                dropped.push_back({kind, {}, fmt::format("{} more entries", all_dropped - dropped.size())});
            co_return vmcp::result<void>();
        }
        if (!cursors.insert(read->cursor).second) // it would never end
            co_return vmcp::fail(errc::backend_protocol,
                                 fmt::format("{} repeats the cursor {}", method, read->cursor));
        cursor = std::move(read->cursor);
    }
    co_return vmcp::fail(errc::backend_protocol,
                         fmt::format("{} has more than {} pages", method, most_pages));
}

void http_backend::adjust(const vmcp::backend_config& to) {
    limit_.configure(to.max_concurrency, to.max_queue);
    timeout_.store(to.timeout, std::memory_order_relaxed);
}

void http_backend::retire() {
    own_->close();
    std::map<std::string, std::shared_ptr<upstream>> shared;
    {
        const std::lock_guard lock(mutex_);
        retired_ = true;
        shared.swap(shared_);
    }
    for (const auto& [key, session] : shared)
        session->close();
}

} // namespace transport

#include "vmcp/replicas/shared_session_store.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/replicas/stored_session.hpp"
#include "vmcp/session/client_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace vmcp {

using kind = replica_message::kind;

namespace {

constexpr std::chrono::seconds after_eviction{300};
// Ends that the store was not there for.
constexpr std::chrono::seconds told_for{30};
constexpr std::chrono::seconds between_tellings{1};
constexpr std::chrono::seconds between_complaints{10};

failure not_found() {
    return fail(errc::session_not_found, "it ended or never was; send initialize to open a new one");
}

// Why is for the operator: clients need not know what stands behind the gateway.
failure away() {
    return fail(errc::sessions_unreachable,
                "the store of sessions does not serve right now; try again in a moment");
}

// The replica that a client's answer or progress is for; 0: all, or nobody knows.
std::uint64_t addressee(const message& m) {
    const auto raw = m.type == message::kind::notification ? m.param.progress_token.raw : m.id.raw;
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), id);
    return error == std::errc{} && end == raw.data() + raw.size() ? id_block::replica_of_question(id) : 0;
}

} // namespace

shared_session_store::shared_session_store(session_table& table, transport::redis_commands& redis,
                                           std::string key_prefix, std::uint32_t replica)
    : table_(table)
    , redis_(redis)
    , prefix_(std::move(key_prefix))
    , replica_(replica) {
    table_.be_replica(replica);
    table_.on_end([this](const live_session& session, session_end why) { session_ended(session, why); });
}

std::string shared_session_store::ttl() const {
    return std::to_string(
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(table_.ttl()).count()));
}

std::string shared_session_store::channel(std::uint64_t replica) const {
    return replica == 0 ? prefix_ + "replicas" : fmt::format("{}replica:{}", prefix_, replica);
}

std::vector<std::string> shared_session_store::channels() const {
    return {channel(0), channel(replica_)};
}

// ---- open, find, end ----

awaitable<result<std::shared_ptr<live_session>>> shared_session_store::open(session_record from) {
    const auto digest = session_digest(from.id);
    auto text = write_record(from);
    const auto kept = co_await redis_.run({"SET", key(digest), text, "NX", "EX", ttl()});
    if (!kept) {
        ++counters_.unreachable;
        complain(kept.error());
        co_return away();
    }
    auto opened = table_.add(std::move(from), steady_clock::now());
    if (opened)
        known_.confirm(digest, *opened, std::move(text), steady_clock::now());
    else
        redis_.send({"DEL", key(digest)});
    co_return opened;
}

awaitable<result<std::shared_ptr<live_session>>>
shared_session_store::find(std::string_view id, const identity& who, touch_by cause) {
    if (!is_session_id(id))
        co_return not_found();
    asked about{.digest = session_digest(id)};
    const auto known = known_.find(about.digest, steady_clock::now());
    if (known.ended)
        co_return not_found();
    about.generation = known.generation;
    if (known.session)
        about.local = table_.find(id, who, steady_clock::now(), cause);
    if (about.local && known.confirmed) {
        ++counters_.hits;
        co_return about.local;
    }
    ++counters_.lookups;
    // Slides the time that the session may be idle.
    const auto reply = co_await redis_.run({"GETEX", key(about.digest), "EX", ttl()});
    if (!reply)
        co_return unreachable(about, reply.error());
    if (known_.find(about.digest, steady_clock::now()).ended)
        co_return not_found(); // meanwhile
    co_return reply->is_null() ? missing(about) : stored(about, reply->text, id, who, cause);
}

shared_session_store::found shared_session_store::unreachable(const asked& about, const failure& why) {
    complain(why);
    if (about.local) {
        ++counters_.unconfirmed;
        return about.local;
    }
    ++counters_.unreachable;
    return away();
}

// That there is no connection is said where connections are made.
void shared_session_store::complain(const failure& why) {
    const auto now = steady_clock::now().time_since_epoch().count();
    auto last = complained_.load();
    if (redis_.up() && now - last > steady_clock::duration(between_complaints).count() &&
        complained_.compare_exchange_strong(last, now))
        log::warn("sessionStorage: {}", why.detail);
}

// It was ended elsewhere or was idle for too long; or the store lost what it had since the session was seen there.
shared_session_store::found shared_session_store::missing(const asked& about) {
    if (!about.local)
        return not_found();
    if (about.generation != known_.generation()) {
        write(about.digest, "NX");
        return about.local;
    }
    table_.end(about.local, session_end::deleted);
    return not_found();
}

shared_session_store::found shared_session_store::stored(const asked& about, const std::string& text,
                                                         std::string_view id, const identity& who,
                                                         touch_by cause) {
    auto record = read_record(text, id, who);
    if (!record && record.error().code == errc::session_not_found)
        return record.error();
    if (!record) {
        log::warn("sessionStorage: {}", record.error().detail);
        return about.local ? found(about.local) : found(not_found());
    }
    if (about.local) {
        refresh(about, text, std::move(*record));
        return about.local;
    }
    auto restored = table_.add(std::move(*record), steady_clock::now());
    if (!restored)
        return restored;
    ++counters_.restored;
    known_.confirm(about.digest, *restored, text, steady_clock::now());
    (void)known_.find(about.digest, steady_clock::now()); // from now on it is in use
    (void)table_.find(id, who, steady_clock::now(), cause);
    return restored;
}

// Another replica wrote what the client set there; what the client set here and is not written yet is newer.
void shared_session_store::refresh(const asked& about, const std::string& text, session_record record) {
    if (!known_.is_stored(about.digest, text) && !known_.has_changed(about.digest))
        about.local->take_over(std::move(record));
    known_.confirm(about.digest, about.local, text, steady_clock::now());
}

awaitable<void> shared_session_store::end(std::shared_ptr<live_session> session, session_end why) {
    const auto digest = session_digest(session->id());
    known_.bury(digest); // or a request of the same moment would find it in the store
    table_.end(session, why);
    const auto gone = co_await redis_.run({"DEL", key(digest)});
    if (!gone)
        co_return; // connected() will
    known_.unbury(digest);
    tell({.what_for = kind::ended, .session = digest}, 0);
}

void shared_session_store::session_ended(const live_session& session, session_end why) {
    const auto digest = session_digest(session.id());
    if (known_.session(digest).get() != &session)
        return; // one of this process only
    known_.forget(digest);
    // Or whoever opens many would fill the store, which has no bound of its own. Where another replica serves it, the next
    // request gives it its time again.
    if (why == session_end::evicted)
        redis_.send({"EXPIRE", key(digest), std::to_string(after_eviction.count())});
}

// ---- messages of clients ----

void shared_session_store::take(const message& m, const std::shared_ptr<live_session>& session) {
    if (take_client_message(m, *session))
        return;
    const bool for_one = m.type != message::kind::notification || m.method == "notifications/progress";
    const auto to = for_one ? addressee(m) : 0;
    if (m.whole.size() > longest_message || (for_one && (to == 0 || to == replica_))) {
        log::debug("a client answered a question that is no longer open");
        return;
    }
    ++counters_.passed_on;
    tell({.what_for = kind::said, .session = session_digest(session->id()), .message = plain_text(m)}, to);
}

void shared_session_store::tell(replica_message m, std::uint64_t replica) {
    m.from = replica_;
    redis_.send({"PUBLISH", channel(replica), write_replica_message(m)});
}

awaitable<void> shared_session_store::heard(std::string text) {
    const auto told = read_replica_message(text);
    if (!told || told->from == replica_)
        co_return;
    const auto session = known_.session(told->session);
    if (!session)
        co_return;
    ++counters_.taken;
    if (told->what_for == kind::ended) {
        table_.end(session, session_end::deleted);
    } else if (told->what_for == kind::said) {
        if (const auto m = read_message(told->message, any_depth); m && m->type != message::kind::request)
            (void)take_client_message(*m, *session);
    } else {
        known_.doubt(told->session);
        // Who listens hears at once what it subscribed to elsewhere; others when their next request comes.
        const auto out = session->stream();
        if (out && out->listening())
            (void)co_await find(session->id(), session->who(), touch_by::notice);
    }
}

// ---- what is stored ----

void shared_session_store::write(const std::string& digest, std::string_view condition) {
    const auto session = known_.session(digest);
    if (!session)
        return;
    const auto changes = session->changes();
    auto text = write_record(session->record());
    redis_.send({"SET", key(digest), text, std::string(condition), "EX", ttl()});
    known_.stored(digest, std::move(text), changes);
}

void shared_session_store::tick(steady_clock::time_point now) {
    if (!redis_.up())
        return; // nothing is forgotten meanwhile
    for (const auto& digest : known_.take_changed(now)) {
        write(digest, "XX");
        tell({.what_for = kind::changed, .session = digest}, 0);
    }
    tell_of_graves(now);
    keep_busy_ones(now);
}

// Others may have written such a session again when the store came back without its data, and may not have listened yet.
void shared_session_store::tell_of_graves(steady_clock::time_point now) {
    if (graves_.empty() || now - last_told_ < between_tellings)
        return;
    last_told_ = now;
    std::erase_if(graves_, [&](const auto& grave) {
        redis_.send({"DEL", key(grave.first)});
        tell({.what_for = kind::ended, .session = grave.first}, 0);
        const bool long_enough = now >= grave.second;
        if (long_enough)
            known_.unbury(grave.first);
        return long_enough;
    });
}

// A stream or a call may last longer than the time that a session may be idle.
void shared_session_store::keep_busy_ones(steady_clock::time_point now) {
    if (now - last_kept_ < table_.ttl() / 4)
        return;
    last_kept_ = now;
    for (const auto& digest : known_.all())
        if (const auto session = known_.session(digest); session && session->busy())
            redis_.send({"EXPIRE", key(digest), ttl()});
}

awaitable<void> shared_session_store::connected() {
    const auto now = steady_clock::now();
    for (const auto& digest : known_.buried())
        graves_.try_emplace(digest, now + told_for);
    last_told_ = {};
    tell_of_graves(now);
    // A value that lives as long as the data of the store do tells whether they are the same as before.
    const auto mark = prefix_ + "epoch";
    if (!co_await redis_.run({"SET", mark, random_session_id(), "NX"}))
        co_return;
    const auto epoch = co_await redis_.run({"GET", mark});
    if (!epoch)
        co_return;
    if (!epoch_.empty() && epoch_ != epoch->text) {
        known_.new_generation();
        write_all();
    }
    epoch_ = epoch->text;
}

void shared_session_store::write_all() {
    const auto all = known_.all();
    log::warn(
        "sessionStorage: Redis has lost what it had; {} sessions that this replica knows are written again",
        all.size());
    for (const auto& digest : all)
        write(digest, "NX");
}

} // namespace vmcp

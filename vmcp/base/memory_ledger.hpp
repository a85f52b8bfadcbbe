// One budget for the memory that peers make the process hold: how much of each kind there is, what is refused at the bound,
// and what gives way. No I/O.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace vmcp {

enum class memory_class : std::uint8_t {
    requests,      // bodies of clients, from the first byte to the end of the answer
    answers,       // of backends, from the first byte until the client has taken them
    replay,        // events that were sent, for clients that come back with Last-Event-ID
    notifications, // messages that wait for a client to read them
    catalog,       // lists of backends: being read, kept, and what is made of them
    asks,          // answers of clients on their way to the backend that asked
};
inline constexpr std::array<std::string_view, 6> memory_class_words{"requests",      "answers", "replay",
                                                                    "notifications", "catalog", "asks"};

// Thread-safe, without a lock: a claim costs two additions. Outlives all claims.
class memory_ledger {
public:
    // Gives memory back so that others find room. take() and make_room() call it, and no caller of theirs holds a lock.
    class giver {
    public:
        virtual ~giver() = default;
        // Lets go of the oldest thing that nobody needs. False: there is none.
        virtual bool give_way() = 0;
    };

    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max() / 16;

    // `limit` in bytes, for all classes together. Each may have a part of it, so that none starves the others.
    explicit memory_ledger(std::size_t limit = unlimited) { set_limit(limit); }
    memory_ledger(const memory_ledger&) = delete;
    memory_ledger& operator=(const memory_ledger&) = delete;

    // Holds for what is claimed from now on.
    void set_limit(std::size_t limit) noexcept { limit_.store(limit < unlimited ? limit : unlimited); }
    // Null: nobody gives way. Before the first claim.
    void set_giver(giver* who) noexcept { giver_ = who; }

    // `more` bytes for a claim of `whole` bytes in the end. Large claims leave a quarter of their class, and an eighth of all,
    // to those of at most small_claim: who sends much does not shut out who sends little. False: there is no room, also
    // after everything gave way that could, and nothing was taken.
    [[nodiscard]] bool take(memory_class kind, std::size_t more, std::size_t whole) noexcept;
    // The same where a lock is held: nobody is asked to give way, and a refusal is not counted.
    [[nodiscard]] bool try_take(memory_class kind, std::size_t more, std::size_t whole) noexcept;
    // Has others give way until `more` bytes fit easily, or nobody does. Called before a lock is taken under which
    // try_take() follows.
    void make_room(std::size_t more) noexcept;
    // What is there already, and cannot be refused.
    void add(memory_class kind, std::size_t more) noexcept;
    void give(memory_class kind, std::size_t less) noexcept;
    // Whether take() would find room now; nothing is taken.
    [[nodiscard]] bool would_fit(memory_class kind, std::size_t more, std::size_t whole) const noexcept;
    // The largest claim that would fit.
    [[nodiscard]] std::size_t room(memory_class kind) const noexcept;

    void count_refused(memory_class kind) noexcept { count(of(kind).refused); }
    void count_dropped(memory_class kind) noexcept { count(of(kind).dropped); }

    [[nodiscard]] std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t used() const noexcept { return total_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t used(memory_class kind) const noexcept {
        return of(kind).bytes.load(std::memory_order_relaxed);
    }
    // Things that were refused, or dropped, for want of room.
    [[nodiscard]] std::uint64_t refused(memory_class kind) const noexcept {
        return of(kind).refused.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t dropped(memory_class kind) const noexcept {
        return of(kind).dropped.load(std::memory_order_relaxed);
    }

    static constexpr std::size_t small_claim = std::size_t{64} << 10;

private:
    [[nodiscard]] std::size_t room_within(memory_class kind, std::size_t of_class,
                                          std::size_t of_all) const noexcept;

    struct account {
        std::atomic<std::size_t> bytes{0};
        std::atomic<std::uint64_t> refused{0};
        std::atomic<std::uint64_t> dropped{0};
    };
    static void count(std::atomic<std::uint64_t>& counter) noexcept {
        counter.fetch_add(1, std::memory_order_relaxed);
    }
    [[nodiscard]] account& of(memory_class kind) noexcept {
        return accounts_[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] const account& of(memory_class kind) const noexcept {
        return accounts_[static_cast<std::size_t>(kind)];
    }

    std::atomic<std::size_t> total_{0};
    std::atomic<std::size_t> limit_{unlimited};
    giver* giver_ = nullptr;
    std::array<account, memory_class_words.size()> accounts_{};
};

// What one owner holds of a ledger; given back at its end. Not thread-safe. Without a ledger everything is granted.
class memory_claim {
public:
    memory_claim() = default;
    memory_claim(memory_ledger* ledger, memory_class kind) noexcept : ledger_(ledger), kind_(kind) {}
    memory_claim(memory_claim&& other) noexcept
        : ledger_(other.ledger_)
        , kind_(other.kind_)
        , held_(std::exchange(other.held_, 0)) {}
    memory_claim& operator=(memory_claim&& other) noexcept {
        std::swap(ledger_, other.ledger_);
        std::swap(kind_, other.kind_);
        std::swap(held_, other.held_);
        return *this;
    }
    ~memory_claim() { release(); }

    // Holds at least `bytes` from now on; false: there is no room for them, and nothing has changed.
    [[nodiscard]] bool cover(std::size_t bytes) noexcept {
        return bytes <= held_ || ledger_ == nullptr ||
               (ledger_->take(kind_, bytes - held_, bytes) && keep(bytes));
    }
    // The same for what grows in small pieces.
    [[nodiscard]] bool cover_in_steps(std::size_t bytes) noexcept {
        constexpr std::size_t step = std::size_t{64} << 10;
        return bytes <= held_ || cover((bytes + step - 1) / step * step);
    }
    // As cover() where a lock is held.
    [[nodiscard]] bool try_cover(std::size_t bytes) noexcept {
        return bytes <= held_ || ledger_ == nullptr ||
               (ledger_->try_take(kind_, bytes - held_, bytes) && keep(bytes));
    }
    // For what is there already, and has to be.
    void cover_anyway(std::size_t bytes) noexcept {
        if (bytes <= held_ || ledger_ == nullptr)
            return;
        ledger_->add(kind_, bytes - held_);
        held_ = bytes;
    }
    [[nodiscard]] bool would_fit(std::size_t bytes) const noexcept {
        return bytes <= held_ || ledger_ == nullptr || ledger_->would_fit(kind_, bytes - held_, bytes);
    }
    void shrink_to(std::size_t bytes) noexcept {
        if (bytes >= held_)
            return;
        ledger_->give(kind_, held_ - bytes);
        held_ = bytes;
    }
    void release() noexcept { shrink_to(0); }

    [[nodiscard]] std::size_t size() const noexcept { return held_; }
    [[nodiscard]] memory_class kind() const noexcept { return kind_; }
    [[nodiscard]] memory_ledger* ledger() const noexcept { return ledger_; }

private:
    bool keep(std::size_t bytes) noexcept {
        held_ = bytes;
        return true;
    }

    memory_ledger* ledger_ = nullptr;
    memory_class kind_ = memory_class::requests;
    std::size_t held_ = 0;
};

} // namespace vmcp

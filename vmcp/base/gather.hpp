// A text in pieces: what is written with one gather write, without joining the pieces first.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vmcp {

// Up to `capacity` views in order; empty ones are dropped. The views must outlive the gather.
class gather {
public:
    static constexpr std::size_t capacity = 14;

    gather() = default;
    gather(std::string_view only) { add(only); }

    void add(std::string_view piece) {
        if (piece.empty())
            return;
        assert(count_ < capacity);
        pieces_[count_++] = piece;
        size_ += piece.size();
    }

    [[nodiscard]] std::span<const std::string_view> pieces() const noexcept {
        return {pieces_.data(), count_};
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void append_to(std::string& out) const {
        out.reserve(out.size() + size_);
        for (const auto piece : pieces())
            out.append(piece);
    }

    [[nodiscard]] std::string str() const {
        std::string out;
        append_to(out);
        return out;
    }

private:
    std::array<std::string_view, capacity> pieces_{};
    std::size_t count_ = 0;
    std::size_t size_ = 0;
};

// Replaces slices of one source text by other text, without copying what stays. At most six edits, in any
// order, that must not overlap; the source and the replacements must outlive the splice.
class splice {
public:
    explicit splice(std::string_view source) : source_(source) {}

    // `slice` must be a view into the source; an empty slice is ignored, so that an absent member needs no
    // special case.
    void replace(std::string_view slice, std::string_view by) {
        if (slice.empty())
            return;
        assert(count_ < edits_.size());
        assert(slice.data() >= source_.data() &&
               slice.data() + slice.size() <= source_.data() + source_.size());
        std::size_t i = count_++;
        const auto offset = static_cast<std::size_t>(slice.data() - source_.data());
        for (; i > 0 && edits_[i - 1].offset > offset; --i)
            edits_[i] = edits_[i - 1];
        edits_[i] = {offset, slice.size(), by};
    }

    [[nodiscard]] gather pieces() const {
        gather out;
        std::size_t at = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            out.add(source_.substr(at, edits_[i].offset - at));
            out.add(edits_[i].by);
            at = edits_[i].offset + edits_[i].length;
        }
        out.add(source_.substr(at));
        return out;
    }

private:
    struct edit {
        std::size_t offset = 0;
        std::size_t length = 0;
        std::string_view by{};
    };

    std::string_view source_;
    std::array<edit, 6> edits_{};
    std::size_t count_ = 0;
};

} // namespace vmcp

// The event-stream decoder, fed in pieces of the fuzzer's choice, against a reader that has the whole stream
// and splits it into lines first. Also: what the encoder writes, the decoder reads back.
#include "transport/sse/sse_decoder.hpp"
#include "transport/sse/sse_encoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t limit = 200;

struct seen {
    struct event {
        std::string data{};
        std::string name{};
        std::string id{};
        friend bool operator==(const event&, const event&) = default;
    };
    std::vector<event> events{};
    std::string last_id{};
    std::optional<std::int64_t> retry{};
    bool failed = false;
    friend bool operator==(const seen&, const seen&) = default;
};

// Lines with an end; what follows the last line end is not one.
std::vector<std::string> lines_of(std::string_view stream) {
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        if (stream[i] != '\r' && stream[i] != '\n') {
            line += stream[i];
            continue;
        }
        if (stream[i] == '\r' && i + 1 < stream.size() && stream[i + 1] == '\n')
            ++i;
        lines.push_back(line);
        line.clear();
    }
    return lines;
}

void read_retry(std::string_view value, seen& result) {
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
        return;
    value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
    const auto most = transport::sse_decoder::max_retry.count();
    result.retry =
        value.size() > 9 ? most : std::min<std::int64_t>(most, std::atoll(std::string(value).c_str()));
}

// Knows no limits: the caller compares only streams that stay below them.
seen read_whole(std::string_view stream) {
    if (stream.starts_with("\xEF\xBB\xBF"))
        stream.remove_prefix(3);
    seen result;
    seen::event event;
    std::string id;
    bool has_data = false;
    for (const auto& line : lines_of(stream)) {
        if (line.empty()) {
            result.last_id = id;
            event.id = id;
            if (!event.data.empty())
                result.events.push_back(event);
            event = {};
            has_data = false;
            continue;
        }
        const auto colon = std::min(line.find(':'), line.size());
        const auto name = line.substr(0, colon);
        auto value = colon == line.size() ? std::string() : line.substr(colon + 1);
        if (value.starts_with(' '))
            value.erase(0, 1);
        if (name == "data") {
            event.data += has_data ? "\n" + value : value;
            has_data = true;
        } else if (name == "event") {
            event.name = value;
        } else if (name == "id" && value.find('\0') == std::string::npos) {
            id = value;
        } else if (name == "retry") {
            read_retry(value, result);
        }
    }
    return result;
}

// Pieces of `size` bytes, each in memory of its own. `ended`: the stream cannot have been cut.
seen read_pieces(std::string_view stream, std::size_t size, std::size_t max_event, bool ended = false) {
    transport::sse_decoder decoder(max_event);
    seen result;
    while (!stream.empty()) {
        const std::vector<char> piece(
            stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(std::min(size, stream.size())));
        stream.remove_prefix(piece.size());
        decoder.feed({piece.data(), piece.size()});
        while (decoder.next() == transport::sse_step::event) {
            const auto& event = decoder.event();
            result.events.push_back(
                {std::string(event.data), std::string(event.event), std::string(event.id)});
        }
    }
    if (ended && decoder.finish() == transport::sse_step::event) {
        const auto& event = decoder.event();
        result.events.push_back({std::string(event.data), std::string(event.event), std::string(event.id)});
    }
    result.last_id = decoder.last_event_id();
    if (decoder.retry())
        result.retry = decoder.retry()->count();
    result.failed = decoder.failed();
    return result;
}

void check(bool holds) {
    if (!holds)
        std::abort();
}

void check_decoder(std::string_view stream, std::size_t size) {
    const auto whole = read_pieces(stream, stream.size(), limit);
    check(whole == read_pieces(stream, 1, limit));
    check(whole == read_pieces(stream, size, limit));
    for (const auto& event : whole.events)
        check(!event.data.empty() && event.data.size() <= limit);

    const auto unbounded = read_pieces(stream, size, stream.size());
    if (!unbounded.failed)
        check(unbounded == read_whole(stream));
    else
        check(stream.size() > transport::sse_decoder::max_name_size);

    // The end of a stream that was not cut is worth the empty line that its last event may lack.
    const auto at_end = read_pieces(stream, size, stream.size() + 2, true);
    const auto with_line = read_whole(std::string(stream) + "\n\n");
    if (!at_end.failed)
        check(at_end.events == with_line.events);
}

void check_encoder(std::string_view data, std::size_t size) {
    std::string stream;
    {
        transport::chunk_scope chunk(stream);
        transport::append_event(stream, "i-1", "message", data);
    }
    stream.erase(0, stream.find('\n') + 1);
    stream.resize(stream.size() - transport::chunk_end.size());

    std::string pieces;
    const std::string_view parts[] = {data.substr(0, std::min(size, data.size())),
                                      data.substr(std::min(size, data.size()))};
    transport::append_event(pieces, "i-1", "message", parts);
    check(stream == pieces);

    std::string wanted;
    for (const auto& line : lines_of(std::string(data) + "\n"))
        wanted += line + "\n";
    // A CR at the very end swallowed the line feed added above.
    if (data.ends_with('\r'))
        wanted += "\n";
    wanted.pop_back();
    const auto result = read_pieces(stream, size, stream.size());
    check(!result.failed && result.last_id == "i-1");
    check(wanted.empty() ? result.events.empty()
                         : result.events.size() == 1 && result.events[0].data == wanted);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 1)
        return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const std::size_t piece = 1 + bytes[0] % 61;
    check_decoder(input, piece);
    check_encoder(input, piece);
    return 0;
}

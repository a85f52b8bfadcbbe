// Compressed bodies: every coding and fragmentation, what is cut or broken, and what was made to exhaust us.
#include "transport/http/content_decoder.hpp"

#include "tests/fakes/compressed.hpp"
#include "tests/fakes/decode_in_pieces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace transport {
namespace {

using fakes::compressed;
using fakes::compression;
using fakes::decode_in_pieces;

std::string some_text() {
    std::string out;
    for (int i = 0; i < 5000; ++i)
        out += std::to_string(i * 7919) + " ";
    return out;
}

TEST(content_coding, of_a_field) {
    EXPECT_EQ(coding_of(""), content_coding::identity);
    EXPECT_EQ(coding_of("identity"), content_coding::identity);
    EXPECT_EQ(coding_of("gzip"), content_coding::gzip);
    EXPECT_EQ(coding_of(" GZip\t"), content_coding::gzip);
    EXPECT_EQ(coding_of("x-gzip"), content_coding::gzip);
    EXPECT_EQ(coding_of("Deflate"), content_coding::deflate);
    for (const auto* other : {"br", "zstd", "compress", "gzip, gzip", "gzip,br", "gzip;q=1", "g zip"})
        EXPECT_EQ(coding_of(other), content_coding::unknown) << other;
}

TEST(content_decoder, decodes_every_coding_in_every_fragmentation) {
    const auto text = some_text();
    for (const auto& [coding, how] : {std::pair{content_coding::gzip, compression::gzip},
                                      {content_coding::deflate, compression::zlib},
                                      {content_coding::deflate, compression::bare}}) {
        const auto body = compressed(text, how);
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, body.size()}) {
            const auto out = decode_in_pieces(coding, body, size);
            EXPECT_EQ(out.text, text) << size;
            EXPECT_EQ(out.end, decode_step::need_bytes);
            EXPECT_TRUE(out.complete);
        }
    }
}

TEST(content_decoder, members_of_a_gzip_body_follow_each_other) {
    const auto out =
        decode_in_pieces(content_coding::gzip,
                         compressed("one ", compression::gzip) + compressed("", compression::gzip) +
                             compressed("two", compression::gzip),
                         3);
    EXPECT_EQ(out.text, "one two");
    EXPECT_TRUE(out.complete);
}

TEST(content_decoder, nothing_is_a_whole_body) {
    const content_decoder decoder(content_coding::gzip);
    EXPECT_TRUE(decoder.complete());
}

TEST(content_decoder, a_cut_body_is_not_complete) {
    const auto body = compressed(some_text(), compression::gzip);
    for (const std::size_t size : {std::size_t{1}, std::size_t{5}, body.size() / 2, body.size() - 1}) {
        const auto out = decode_in_pieces(content_coding::gzip, std::string_view(body).substr(0, size), 100);
        EXPECT_EQ(out.end, decode_step::need_bytes) << size;
        EXPECT_FALSE(out.complete) << size;
    }
}

TEST(content_decoder, what_is_no_such_body_is_refused) {
    auto wrong_sum = compressed("text", compression::gzip);
    wrong_sum[wrong_sum.size() - 6] ^= 1;
    const auto zlib = compressed("text", compression::zlib);
    for (const auto& [coding, body] :
         {std::pair<content_coding, std::string>{content_coding::gzip, "{\"a\":1}"},
          {content_coding::gzip, zlib},
          {content_coding::gzip, wrong_sum},
          {content_coding::gzip, compressed("a", compression::gzip) + "rest"},
          {content_coding::deflate, zlib + "rest"},
          {content_coding::deflate, std::string(20, '\xFF')}})
        for (const std::size_t size : {std::size_t{1}, body.size()})
            EXPECT_EQ(decode_in_pieces(coding, body, size).end, decode_step::malformed) << body;
}

TEST(content_decoder, what_was_made_to_exhaust_is_refused) {
    const auto bomb = compressed(std::string(std::size_t{8} << 20, 'x'), compression::gzip);
    ASSERT_LT(bomb.size(), std::size_t{16} << 10);
    for (const std::size_t size : {std::size_t{1}, bomb.size()}) {
        const auto out = decode_in_pieces(content_coding::gzip, bomb, size);
        EXPECT_EQ(out.end, decode_step::too_dense);
        EXPECT_LE(out.text.size(), bomb.size() * content_decoder::max_density + content_decoder::harmless);
    }
    const std::string dense(std::size_t{512} << 10, 'x');
    EXPECT_EQ(decode_in_pieces(content_coding::gzip, compressed(dense, compression::gzip), 100).text, dense)
        << "of which nobody is harmed";
}

} // namespace
} // namespace transport

// Which errors are about this process, and not about a peer.
#include "vmcp/base/shortage.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <cerrno>

namespace vmcp {
namespace {

boost::system::error_code of_system(int value) {
    return {value, boost::system::system_category()};
}

TEST(shortage, errors_that_are_about_us) {
    for (const int ours : {EMFILE, ENFILE})
        EXPECT_EQ(shortage_of(of_system(ours)), shortage::descriptors) << ours;
    for (const int ours : {ENOMEM, ENOBUFS})
        EXPECT_EQ(shortage_of(of_system(ours)), shortage::memory) << ours;
    EXPECT_EQ(shortage_of(of_system(EADDRNOTAVAIL)), shortage::ports);
    EXPECT_EQ(shortage_of(of_system(EAGAIN)), shortage::threads);
    EXPECT_EQ(shortage_of(boost::system::errc::make_error_code(boost::system::errc::too_many_files_open)),
              shortage::descriptors);
    for (const int theirs :
         {0, ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EPIPE, EACCES, ECANCELED})
        EXPECT_FALSE(shortage_of(of_system(theirs))) << theirs;
}

TEST(shortage, is_counted) {
    const auto before = seen(shortage::ports);
    EXPECT_EQ(note_if_shortage(of_system(ECONNREFUSED)), of_system(ECONNREFUSED));
    EXPECT_EQ(seen(shortage::ports).times, before.times);
    const auto now = std::chrono::steady_clock::now();
    note_shortage(shortage::ports, now);
    EXPECT_EQ(note_if_shortage(of_system(EADDRNOTAVAIL)), of_system(EADDRNOTAVAIL));
    EXPECT_EQ(seen(shortage::ports).times, before.times + 2);
    EXPECT_GE(*seen(shortage::ports).last, now);
    EXPECT_FALSE(out_of_descriptors());
}

} // namespace
} // namespace vmcp

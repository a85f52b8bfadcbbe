// What init tells.
#include "vmcp/program/commands/init_report.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(init_report, is_aligned) {
    initial_config made;
    made.notes = {{init_outcome::took, "search", "http://s/"},
                  {init_outcome::changed, "search", "its name is 'x' here"},
                  {init_outcome::left, "it", "it is disabled"},
                  {init_outcome::left, "", "'tools': switches"},
                  {init_outcome::left, std::string(40, 'n'), "it is disabled"}};
    made.variables = {"KEY"};
    EXPECT_EQ(init_report(made), "took     search  http://s/\n"
                                 "changed  search  its name is 'x' here\n"
                                 "left     it      it is disabled\n"
                                 "left             'tools': switches\n"
                                 "left     " +
                                     std::string(40, 'n') +
                                     "  it is disabled\n"
                                     "set      KEY: the configuration needs this environment variable\n");
    made.variables = {"A", "B"};
    made.notes.clear();
    EXPECT_EQ(init_report(made), "set      A, B: the configuration needs these environment variables\n");
}

TEST(init_report, names_of_a_file_cannot_steer_the_terminal) {
    initial_config made;
    made.notes = {{init_outcome::left, "a\x1b[2J\n\xe2\x80\xae", "x\ny"}};
    EXPECT_EQ(init_report(made), "left     a?[2J ?  x y\n");
}

} // namespace
} // namespace vmcp

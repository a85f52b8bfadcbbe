// Tells when files change on disk, also when they are replaced, or swapped by a symbolic link above them as
// Kubernetes does with mounted ConfigMaps and Secrets.
#pragma once

#include "transport/net/worker.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

// Lives on one worker. Watches the folders the files are in, because a file that is replaced is another file; and
// looks at the files themselves every two seconds, because a folder can be replaced too, and because network and
// overlay file systems do not always tell.
class file_watch : public std::enable_shared_from_this<file_watch> {
public:
    // `changed` is called some 100 ms after the last of a burst of changes; it finds out itself what changed. What
    // it throws is reported.
    file_watch(transport::worker& home, std::function<void()> changed);
    ~file_watch();

    // To be called before the files are read: changes up to now are not reported any more.
    void looked();
    // Replaces the watched files. A file that is watched already is reported if it has changed since it was last
    // reported, or since looked().
    void watch(const std::vector<std::string>& files);
    void start();
    void stop();

private:
    boost::asio::awaitable<void> listen();
    boost::asio::awaitable<void> look();
    using file_marks = std::map<std::string, std::string>; // by path
    [[nodiscard]] file_marks marks() const;
    void tell();

    transport::worker& home_;
    std::function<void()> changed_;
    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer pause_;
    std::map<std::string, int> folders_{};
    file_marks seen_{}; // of the watched files, when they were told of last
    bool stopped_ = false;
};

} // namespace vmcp

// The backends of the configuration file, as a source of definitions.
#pragma once

#include "vmcp/supervision/fleet.hpp"

#include <memory>
#include <utility>

namespace vmcp {

// Its owner gives it each new configuration, and has the fleet put together anew.
class config_source final : public membership_source {
public:
    void use(std::shared_ptr<const config> settings) { settings_ = std::move(settings); }

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] const std::vector<backend_config>& definitions() const override {
        return settings_->backends;
    }
    void on_change(std::function<void()>) override {} // changes only by use()

private:
    const std::string name_ = "configuration";
    std::shared_ptr<const config> settings_ = std::make_shared<const config>();
};

} // namespace vmcp

#include "compute/session/map_session.h"

#include <thread>
#include <utility>

#include "compute/session/map_worker.h"

namespace warpscope::session {

struct MapSession::Impl {
  Impl(MapOptions options, std::function<void()> wake)
      : worker(std::move(options), std::move(wake)), thread([this] { worker.run(); }) {}
  ~Impl() {
    worker.push(EndMap{});
    thread.join();
  }
  MapWorker worker;
  std::thread thread;
};

MapSession::MapSession(MapOptions options, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(wake))) {}

MapSession::~MapSession() = default;

void MapSession::send(MapCommand command) {
  std::visit([this](auto& c) { impl_->worker.push(std::move(c)); }, command);
}

std::uint64_t MapSession::sent() const {
  return impl_->worker.sent();
}

const std::shared_ptr<const MapView>& MapSession::view() {
  return impl_->worker.view();
}

}  // namespace warpscope::session

// session/map_session.h: the SM map without a window. Floor 5.
// One worker thread plans, simulates and traces; a newer wish stops what it is at. The owner (GUI thread, or a test)
// sends commands and takes views; neither ever blocks.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "compute/device/open_device.h"
#include "compute/session/map_commands.h"
#include "compute/session/map_view.h"

namespace warpscope::session {

struct MapOptions {
  std::filesystem::path data_dir;  // as ConvolveOptions
  device::Choice device;           // that real traces are made on
  bool visible = false;            // see SetMapVisible
  MapSettings settings;            // to begin with
};

class MapSession {
 public:
  // `wake` is called from the worker when a newer view is there; it must be cheap and thread-safe.
  MapSession(MapOptions options, std::function<void()> wake);
  ~MapSession();
  MapSession(const MapSession&) = delete;
  MapSession& operator=(const MapSession&) = delete;

  void send(MapCommand command);
  std::uint64_t sent() const;
  // Owner only. Never null.
  const std::shared_ptr<const MapView>& view();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warpscope::session

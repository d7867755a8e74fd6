#include "app/app.h"

#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iterator>

#include "app/actions.h"
#include "app/gl/screen.h"
#include "app/open_file.h"
#include "app/png_file.h"
#include "app/scene/settings.h"
#include "compute/base/paths.h"

namespace warpscope::app {
namespace {

constexpr double kFrameInterval = 1.0 / 60;  // software OpenGL has no vertical sync to wait for
constexpr double kViewInterval = 1.0 / 30;   // frames drawn only because training went on,
constexpr double kViewShare = 1.0 / 3;       // and the part of the time they may take: the cores are for training
constexpr double kRestAfter = 1;             // no frame for this long: the window is at rest, and says so
constexpr double kLongestSleep = 0.5;
constexpr double kNumbersInterval = 0.5;  // how often fps and frame time in the status bar change
constexpr int kFramesAfterInput = 3;
constexpr int kDefaultWidth = 1280, kDefaultHeight = 720;

std::string read_whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string file_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min, local.tm_sec);
}

ImTextureID texture_id(const gl::Texture& texture) {
  return reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(texture.id()));
}

void apply_settings(const scene::Settings& settings, panels::UiState& ui) {
  ui.dark = settings.dark;
  ui.presenter = settings.presenter;
  ui.reduced_motion = settings.reduced_motion;
  ui.zoom = settings.zoom;
  ui.right_folded = settings.right_folded;
  ui.left_width = settings.splitters.left_width;
  ui.right_width = settings.splitters.right_width;
  ui.plots_height = settings.splitters.plots_height;
  ui.step_code = settings.step.code;
  ui.step_ptx = settings.step.ptx;
  ui.step_lanes = settings.step.lanes;
  ui.step_variables = settings.step.variables;
  ui.step_shared = settings.step.shared;
  ui.step_scrub = settings.step.scrub;
  ui.loss_width = settings.splitters.loss_width;
  ui.accuracy_width = settings.splitters.accuracy_width;
}

}  // namespace

struct App::ImGuiContextOwner {
  ImGuiContextOwner() {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigInputTextCursorBlink = false;  // a blinking caret would keep an idle window drawing
    io.BackendFlags |= ImGuiBackendFlags_HasMouseCursors;
    // Hundreds of connectors: half the pieces of a curve look the same, and each costs on software OpenGL.
    ImGui::GetStyle().CurveTessellationTol = 4;
    map_editing_keys(io);
  }
  ~ImGuiContextOwner() { ImGui::DestroyContext(); }
};

struct App::Backend {
  Backend() { ImGui_ImplOpenGL3_Init("#version 330 core"); }
  ~Backend() { ImGui_ImplOpenGL3_Shutdown(); }
};

App::App(const AppOptions& options, Clock::time_point started) : options_(options), started_(started) {}

App::~App() {
  // Their threads may wake the window until they are gone.
  session_.reset();
  step_session_.reset();
  if (looking_for_devices_.valid()) looking_for_devices_.wait();
}

void App::take_devices() {
  using namespace std::chrono_literals;
  if (!looking_for_devices_.valid() || looking_for_devices_.wait_for(0s) != std::future_status::ready) return;
  devices_ = looking_for_devices_.get();
}

base::Result<std::unique_ptr<App>> App::create(const AppOptions& options, Clock::time_point started) {
  std::unique_ptr<App> app(new App(options, started));
  if (auto begun = app->start(); !begun) return tl::unexpected(begun.error());
  return app;
}

// A tour given as the script is played as a test of itself.
base::Result<void> App::read_script() {
  if (options_.script.empty()) {
    tours_ = std::make_unique<TourPlayer>(Tours::shipped());
    return {};
  }
  auto script = parse_script(read_whole(options_.script), options_.script.string());
  if (!script) return base::fail(script.error().text());
  if (!is_tour(*script)) {
    script_ = std::make_unique<ScriptPlayer>(std::move(*script), options_.screenshots);
    tours_ = std::make_unique<TourPlayer>(Tours::shipped());
    return {};
  }
  auto tour = parse_tour(*script);
  if (!tour) return base::fail(tour.error().text());
  script_ = std::make_unique<ScriptPlayer>(tour_test(*tour), options_.screenshots);
  tours_ =
      std::make_unique<TourPlayer>(Tours::only(std::move(*tour)), TourPlayer::Purpose::kTest, options_.screenshots);
  ui_.tour.requests.start = 0;
  return {};
}

base::Result<void> App::start() {
  if (auto script = read_script(); !script) return script;
  std::filesystem::path mnist = options_.mnist_dir;
  if (mnist.empty()) {
    const auto shipped = base::find_asset("mnist");
    if (!shipped) return tl::unexpected(shipped.error());
    mnist = *shipped;
  }
  const scene::LoadedSettings loaded = scene::load_settings(options_.data_dir);
  apply_settings(loaded.settings, ui_);
  if (options_.dark) ui_.dark = *options_.dark;

  imgui_ = std::make_unique<ImGuiContextOwner>();
  // A script plays the same everywhere: it does not begin where a person left the window.
  const int width = options_.width > 0 ? options_.width : script_ ? kDefaultWidth : loaded.settings.width;
  const int height = options_.height > 0 ? options_.height : script_ ? kDefaultHeight : loaded.settings.height;
  auto window = Window::open(width, height, "Warpscope");
  if (!window) return tl::unexpected(window.error());
  window_ = std::move(*window);
  window_->on_drop = [this](const std::filesystem::path& path) { open(path); };
  backend_ = std::make_unique<Backend>();
  atlas_ = std::make_unique<gl::Texture>(panels::Images::kSide, panels::Images::kSide);
  images_.set_texture(texture_id(*atlas_));
  ui_.display_scale = options_.scale > 0 ? options_.scale : window_->content_scale();

  session::LearnOptions learn;
  learn.data_dir = options_.data_dir;
  learn.mnist_dir = mnist;
  learn.threads = options_.threads;
  learn.settings.seed = options_.seed;
  if (options_.device == "cuda") learn.settings.backend = "cuda";
  if (options_.device == "virtual") learn.settings.backend = "cpu";  // no GPU; the virtual one is for looking at
  session_ = std::make_unique<session::LearnSession>(learn, [] { Window::wake(); });
  step_session_ =
      std::make_unique<session::StepSession>(session::StepOptions{options_.data_dir}, [] { Window::wake(); });
  session::ConvolveOptions convolve;
  convolve.data_dir = options_.data_dir;
  convolve.mnist_dir = mnist;
  convolve.threads = options_.threads;
  convolve.device = device_choice();
  convolve_session_ = std::make_unique<session::ConvolveSession>(convolve, [] { Window::wake(); });
  convolve_screen_ = std::make_unique<ConvolveScreen>(*convolve_session_);
  session::MapOptions map;
  map.data_dir = options_.data_dir;
  map.device = convolve.device;
  map_session_ = std::make_unique<session::MapSession>(map, [] { Window::wake(); });
  looking_for_devices_ = std::async(std::launch::async, [] {
    DeviceReport found = look_for_devices();
    Window::wake();
    return found;
  });
  if (auto fonts = build_fonts(); !fonts) return fonts;
  if (!loaded.notice.empty()) say(session::Message::Kind::kWarning, loaded.notice);
  ui_.workspace = options_.workspace;
  tours_->fill_list(ui_.tour);
  if (!options_.open.empty()) open(options_.open);
  return {};
}

// The GPU that drives the window's picture, so that frames need not leave it.
device::Choice App::device_choice() {
  device::Choice choice;
  if (options_.device == "virtual") {
    choice.wanted = device::Wanted::kVirtual;
    return choice;
  }
  if (options_.device == "cuda") choice.wanted = device::Wanted::kCuda;
  std::string why;
  choice.ordinal = session::ConvolveSession::gpu_of_context(why);
  return choice;
}

base::Result<void> App::build_fonts() {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  auto fonts = panels::build_fonts(atlas, ui_.scale());
  if (!fonts) return tl::unexpected(fonts.error());
  fonts_ = *fonts;
  ImGui_ImplOpenGL3_CreateFontsTexture();
  // The pixels are on the card now, and are as large as the texture.
  atlas.ClearTexData();
  return {};
}

// The window may have moved to a display with another density.
void App::follow_display() {
  const float scale = options_.scale > 0 ? options_.scale : window_->content_scale();
  if (scale == ui_.display_scale) return;
  ui_.display_scale = scale;
  if (const auto built = build_fonts(); !built) say(session::Message::Kind::kError, built.error().message);
}

void App::say(session::Message::Kind kind, std::string text) {
  ui_.toasts.push_back({.kind = kind, .text = std::move(text)});
}

void App::open(const std::filesystem::path& path) {
  const bool by_name = is_kernel_name(path);
  if (ui_.workspace == panels::Workspace::kMap && !by_name && is_kernel_file(path)) {
    session::MapSettings settings = map_session_->view()->settings;
    settings.source = {.kernel = "", .file = path, .launch = {}, .from = ""};
    ui_.map.wanted = settings;
    map_commands_.emplace_back(session::SetMap{std::move(settings)});
    return;
  }
  if (by_name || is_kernel_file(path)) {
    session::OpenKernel what;
    by_name ? void(what.name = path.string()) : void(what.file = path);
    step_session_->send(std::move(what));
    set_workspace(ui_, panels::Workspace::kStep);
    return;
  }
  if (ui_.workspace == panels::Workspace::kConvolve && is_picture_file(path)) {
    const bool colour = convolve_session_->view()->source.colour;
    convolve_session_->send(session::ShowPicture{
        {.kind = session::PictureKind::kFile, .name = {}, .index = 0, .file = path, .colour = colour}});
    return;
  }
  const auto opened = open_in_learn(path, ui_, commands_);
  if (!opened) say(session::Message::Kind::kError, opened.error().message);
}

bool App::is_busy() {
  return step_session_->view()->answered < step_session_->sent() ||
         convolve_session_->view()->answered < convolve_session_->sent() ||
         map_session_->view()->answered < map_session_->sent();
}

// Something new to be seen there, and it is looked at.
bool App::workspace_moved() const {
  return (ui_.workspace == panels::Workspace::kConvolve &&
          convolve_session_->view()->version != drawn_convolve_view_) ||
         (ui_.workspace == panels::Workspace::kMap && map_session_->view()->version != drawn_map_view_);
}

float App::pixels_per_unit() const {
  const Window::Size units = window_->size();
  return units.width > 0 ? static_cast<float>(window_->framebuffer().width) / static_cast<float>(units.width) : 1.0F;
}

int App::run() {
  bool drawn = false;
  while (!window_->close_wanted() && !ui_.requests.quit) {
    const double before = Window::seconds();
    tours_->advance(*this, before, drawn);
    if (script_) {
      script_->advance(*this, before, drawn);
      if (script_->failed() || script_->done()) break;
    }
    const bool happened = window_->wait(sleep_for(before));
    const double now = Window::seconds();
    drawn = frame_due(now, happened);
    if (drawn) draw();
  }
  if (!script_) keep_settings();
  if (options_.timing) print_timing();
  if (!script_ || !script_->failed()) return 0;
  fmt::print(stderr, "{}\n", script_->failure());
  return 1;
}

double App::view_interval() const {
  return std::max(kViewInterval, times_.recent_ms() / 1e3 / kViewShare);
}

bool App::script_hurries() const {
  return (script_ && script_->wants_frame()) || tours_->wants_frame();
}

// Until when nothing can become due.
double App::sleep_for(double now) const {
  const double since = now - last_frame_;
  const bool hurry = frames_owed_ > 0 || !window_->input().empty() || script_hurries();
  if (hurry || ui_.wake_at <= now) return std::max(0.0, kFrameInterval - since);
  double until = std::min(kLongestSleep, ui_.wake_at - now);
  if (session_->view()->version != drawn_view_) until = std::min(until, view_interval() - since);
  if (step_session_->view()->version != drawn_step_view_ || workspace_moved())
    until = std::min(until, kFrameInterval - since);
  if (script_) until = std::min(until, script_->quiet_for(now));
  if (tours_->working()) until = std::min(until, tours_->quiet_for(now));
  return std::max(0.0, until);
}

bool App::frame_due(double now, bool happened) {
  if (happened) frames_owed_ = kFramesAfterInput;
  if (!window_->visible() && last_frame_ >= 0) return false;
  const double since = last_frame_ < 0 ? 1 : now - last_frame_;
  // A little early counts: sleeping is only so exact.
  constexpr double kEarly = 0.0005;
  if (shown_fps_ > 0 && since >= kRestAfter) {
    resting_ = true;
    return true;
  }
  const bool moving = frames_owed_ > 0 || ui_.wake_at <= now || script_hurries();
  // What Step shows was asked for by a hand: it is not kept waiting, as training is.
  const bool answered = step_session_->view()->version != drawn_step_view_ || workspace_moved();
  if (moving || answered) return since >= kFrameInterval - kEarly;
  return session_->view()->version != drawn_view_ && since >= view_interval() - kEarly;
}

void App::draw() {
  const double begun = Window::seconds();
  const std::shared_ptr<const session::LearnView> view = session_->view();
  const std::shared_ptr<const session::StepView> step = step_session_->view();
  const std::shared_ptr<const session::ConvolveView> convolve = convolve_session_->view();
  const std::shared_ptr<const session::MapView> map = map_session_->view();
  drawn_convolve_view_ = convolve->version;
  drawn_map_view_ = map->version;
  drawn_view_ = view->version;
  drawn_step_view_ = step->version;
  if (frames_owed_ > 0) --frames_owed_;
  const Window::Size size = window_->framebuffer();
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(size.width), static_cast<float>(size.height)};
  io.DeltaTime = static_cast<float>(std::clamp(begun - last_frame_, 0.001, 0.25));
  last_frame_ = begun;
  ui_.now = begun;
  take_devices();
  follow_display();
  window_->input().apply(io, ui_);
  if (!window_->input().empty()) frames_owed_ = std::max(frames_owed_, 1);
  if (begun - numbers_at_ >= kNumbersInterval) {
    numbers_at_ = begun;
    shown_fps_ = times_.per_second(begun);
    shown_ms_ = times_.recent_ms();
  }
  if (resting_) shown_fps_ = 0;
  resting_ = false;

  convolve_link_.follow(ui_, *view, *convolve, convolve_commands_, step_commands_);
  map_link_.follow(ui_, *map, map_commands_, step_commands_);
  learn_link_.follow(ui_, *view, *map, step_commands_, map_commands_);
  if (ui_.workspace == panels::Workspace::kConvolve) convolve_screen_->follow(*convolve, ui_.convolve.fields);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  const panels::Frame frame{.view = *view,
                            .step = *step,
                            .convolve = *convolve,
                            .map = *map,
                            .ui = ui_,
                            .commands = commands_,
                            .step_commands = step_commands_,
                            .convolve_commands = convolve_commands_,
                            .map_commands = map_commands_,
                            .fonts = fonts_,
                            .images = images_,
                            .colors = scene::palette(ui_.dark),
                            .scale = ui_.scale(),
                            .fps = static_cast<float>(shown_fps_),
                            .frame_ms = static_cast<float>(shown_ms_)};
  draw_frame(frame, devices_);
  ground_ = frame_ground(frame);
  ImGui::Render();
  window_->set_cursor(ImGui::GetMouseCursor());

  const panels::Images::Dirty dirty = images_.take_dirty();
  if (dirty.width > 0) atlas_->upload(images_.pixels(), dirty.x, dirty.y, dirty.width, dirty.height);
  render(size);
  serve_requests();
  window_->swap();
  const double end = Window::seconds();
  times_.add(end, end - begun);
  if (first_frame_ms_ == 0) {
    window_->show();
    first_frame_ms_ = std::chrono::duration<double, std::milli>(Clock::now() - started_).count();
    if (options_.timing) fmt::print("first frame after {:.0f} ms\n", first_frame_ms_);
  }
  for (session::LearnCommand& command : commands_) session_->send(std::move(command));
  commands_.clear();
  for (session::StepCommand& command : step_commands_) step_session_->send(std::move(command));
  step_commands_.clear();
  for (session::ConvolveCommand& command : convolve_commands_) convolve_session_->send(std::move(command));
  convolve_commands_.clear();
  for (session::MapCommand& command : map_commands_) map_session_->send(std::move(command));
  map_commands_.clear();
}

void App::render(const Window::Size& size) {
  convolve_screen_->set_size(size.width, size.height);
  gl::begin_frame(size.width, size.height, ground_.panel);
  const scene::Rect& stage = ground_.stage_rect;
  gl::clear_rect(static_cast<int>(stage.x), static_cast<int>(stage.y), static_cast<int>(stage.w),
                 static_cast<int>(stage.h), ground_.stage, size.height);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

// What panels asked of the window, while this frame's picture is still there to be read.
void App::serve_requests() {
  panels::AppRequests& requests = ui_.requests;
  if (requests.screenshot) {
    requests.screenshot = false;
    const auto file = options_.data_dir / "screenshots" / fmt::format("warpscope-{}.png", file_time());
    const auto saved = screenshot(file);
    saved ? say(session::Message::Kind::kGood, fmt::format("Screenshot saved: {}", file.string()))
          : say(session::Message::Kind::kError, saved.error().message);
    ui_.wake_in(0);
  }
  for (const std::filesystem::path& file : requests.save_region_png) {
    const scene::Rect& r = requests.save_region;
    const int height = window_->framebuffer().height;
    const gl::Pixels pixels = gl::read_screen(static_cast<int>(r.x), static_cast<int>(r.y), static_cast<int>(r.w),
                                              static_cast<int>(r.h), height);
    const auto saved = write_png(pixels, file);
    saved ? say(session::Message::Kind::kGood, fmt::format("Picture saved: {}", file.string()))
          : say(session::Message::Kind::kError, saved.error().message);
    ui_.wake_in(0);
  }
  requests.save_region_png.clear();
  if (requests.open) open(*std::exchange(requests.open, std::nullopt));
  if (requests.fonts_changed) {
    requests.fonts_changed = false;
    if (const auto built = build_fonts(); !built) say(session::Message::Kind::kError, built.error().message);
    frames_owed_ = kFramesAfterInput;
  }
}

base::Result<void> App::screenshot(const std::filesystem::path& file) {
  const Window::Size size = window_->framebuffer();
  render(size);  // between two frames the back buffer is undefined
  return write_png(gl::read_screen(0, 0, size.width, size.height, size.height), file);
}

void App::keep_settings() {
  const Window::Size size = window_->size();
  const scene::Settings settings{.width = size.width,
                                 .height = size.height,
                                 .dark = ui_.dark,
                                 .presenter = ui_.presenter,
                                 .reduced_motion = ui_.reduced_motion,
                                 .zoom = ui_.zoom,
                                 .right_folded = ui_.right_folded,
                                 .splitters = {.left_width = ui_.left_width,
                                               .right_width = ui_.right_width,
                                               .plots_height = ui_.plots_height,
                                               .loss_width = ui_.loss_width,
                                               .accuracy_width = ui_.accuracy_width},
                                 .step = {.code = ui_.step_code,
                                          .ptx = ui_.step_ptx,
                                          .lanes = ui_.step_lanes,
                                          .variables = ui_.step_variables,
                                          .shared = ui_.step_shared,
                                          .scrub = ui_.step_scrub}};
  const std::string problem = scene::save_settings(settings, options_.data_dir);
  if (!problem.empty()) fmt::print(stderr, "{}\n", problem);
}

void App::print_timing() const {
  fmt::print("frames {}  median {:.2f} ms  max {:.2f} ms  ({})\n", times_.count(), times_.median_ms(), times_.max_ms(),
             gl::renderer_name());
}

}  // namespace warpscope::app

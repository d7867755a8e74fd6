// warpscope-cli drawings: the store of drawn digits.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "compute/store/store.h"

namespace warpscope::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

struct DrawingsOptions {
  fs::path data_dir;
  fs::path folder;  // to export to or import from
  bool json = false;
};

bool there_is_a_store(const fs::path& data_dir) {
  std::error_code ignored;
  return fs::exists(data_dir / "warpscope.sqlite", ignored);
}

// The drawings, oldest first; none where nothing was ever drawn.
base::Result<std::vector<store::StoredDrawing>> read_drawings(const fs::path& data_dir) {
  if (!there_is_a_store(data_dir)) return std::vector<store::StoredDrawing>();
  const auto store = store::Store::open_read_only(data_dir);
  if (!store) return tl::unexpected(store.error());
  return store->drawings();
}

int list(const DrawingsOptions& options) {
  const auto stored = read_drawings(options.data_dir);
  if (!stored) return fail_with(kFailed, stored.error());
  ordered_json all = ordered_json::array();
  for (const store::StoredDrawing& entry : *stored) {
    if (options.json) {
      const auto strokes = ordered_json::parse(drawings::strokes_json(entry.drawing));
      all.push_back({{"id", entry.id},
                     {"label", entry.drawing.label.value_or(-1)},
                     {"canvas", strokes["canvas"]},
                     {"strokes", strokes["strokes"]},
                     {"created", entry.created}});
    } else {
      const std::size_t strokes = entry.drawing.strokes.size();
      print_line(fmt::format("{:5}  a {}  {}  {}", entry.id, entry.drawing.label.value_or(-1), entry.created,
                             strokes == 0   ? "a picture"
                             : strokes == 1 ? "1 stroke"
                                            : fmt::format("{} strokes", strokes)));
    }
  }
  if (options.json) print_json(all);
  if (!options.json && stored->empty()) print_line(fmt::format("no drawings yet in {}", options.data_dir.string()));
  return kDone;
}

int export_all(const DrawingsOptions& options) {
  const auto stored = read_drawings(options.data_dir);
  if (!stored) return fail_with(kFailed, stored.error());
  const auto written = store::export_drawings(*stored, options.folder);
  if (!written) return fail_with(kFailed, written.error());
  if (options.json) {
    print_json(ordered_json{{"exported", *written}, {"folder", options.folder.string()}});
  } else {
    print_line(fmt::format("{} drawings written to {}", *written, options.folder.string()));
  }
  return kDone;
}

int import_all(const DrawingsOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(options.folder, ignored)) {
    return fail_with(kBadInput, {"not a folder; import takes one with strokes files, digit pictures or an IDX pair",
                                 {options.folder.string()}});
  }
  auto store = store::Store::open(options.data_dir);
  if (!store) return fail_with(kFailed, store.error());
  if (!store->notice().empty()) tell(store->notice());
  const auto report = store::import_drawings(*store, options.folder);
  if (!report) return fail_with(kBadInput, report.error());
  for (const std::string& skipped : report->skipped) tell("skipped " + skipped);
  if (options.json) {
    print_json(ordered_json{{"imported", report->imported}, {"skipped", report->skipped}});
  } else {
    print_line(fmt::format("{} drawings imported, {} files skipped", report->imported, report->skipped.size()));
  }
  return kDone;
}

int print_check(const store::CheckReport& report, bool json) {
  for (const std::string& problem : report.problems) tell(problem);
  if (json) {
    print_json(ordered_json{
        {"sound", report.sound}, {"drawings", report.drawings}, {"runs", report.runs}, {"problems", report.problems}});
  } else {
    print_line(
        fmt::format("{}: {} drawings, {} runs", report.sound ? "sound" : "damaged", report.drawings, report.runs));
  }
  return report.sound ? kDone : kFailed;
}

int check(const DrawingsOptions& options) {
  if (!there_is_a_store(options.data_dir)) {
    tell(fmt::format("there is no store in {} yet", options.data_dir.string()));
    return print_check({}, options.json);
  }
  const auto store = store::Store::open_read_only(options.data_dir);
  const auto report =
      store ? store->check() : base::Result<store::CheckReport>(tl::unexpected(base::Error(store.error())));
  if (report) return print_check(*report, options.json);
  return print_check({.sound = false, .problems = {report.error().text()}}, options.json);
}

}  // namespace

void add_drawings(CLI::App& app, int& exit_code) {
  struct Action {
    const char* name;
    const char* about;
    const char* folder;  // what DIR is; null where it takes none
    int (*run)(const DrawingsOptions&);
  };
  static constexpr Action kActions[] = {
      {"list", "one line a drawing, oldest first", nullptr, list},
      {"export", "write strokes JSON and 28x28 PNG of each, and all as an IDX pair", "folder to write to", export_all},
      {"import", "take in a folder of strokes files, digit pictures or IDX pairs", "folder to read", import_all},
      {"check", "is the store sound? exit code 1 where it is damaged", nullptr, check},
  };
  CLI::App* const command = app.add_subcommand("drawings", "the store of drawn digits");
  command->require_subcommand(1);
  const auto options = std::make_shared<DrawingsOptions>();
  for (const Action& action : kActions) {
    CLI::App* const verb = command->add_subcommand(action.name, action.about);
    if (action.folder) verb->add_option("DIR", options->folder, action.folder)->required();
    add_data_dir_option(*verb, options->data_dir);
    add_json_option(*verb, options->json);
    verb->callback([options, run = action.run, &exit_code] { exit_code = run(*options); });
  }
}

}  // namespace warpscope::cli

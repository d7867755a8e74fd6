// What there is to say about each filter, stage, border and variant.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_right.h"
#include "app/panels/convolve_variants.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::Border;
using convolution::Settings;
using convolution::Stage;
using convolution::StageKind;
using convolution::Variant;
using session::ConvolveView;

constexpr std::array kFilters{
    FilterText{"Identity", "A filter that changes nothing",
               "Only the middle weight is not 0: each pixel becomes **itself**. Drag another cell away from 0 and see "
               "what its neighbour does to it."},
    FilterText{
        "Box", "A filter that blurs",
        "All weights are equal and the sum is divided by their number: the **mean** of the window. Noise cancels "
        "out, and so does every detail smaller than the window."},
    FilterText{
        "Gaussian", "A filter that blurs softly",
        "Near pixels count more than far ones, and the weights sum to 1, so the brightness stays. It is a column "
        "times a row: **two passes** do the same with fewer products."},
    FilterText{"Sharpen", "A filter that sharpens",
               "The weights sum to **1**: flat areas stay. Where the pixel differs from its four neighbours, the "
               "difference is added once more, so edges get a bright and a dark rim."},
    FilterText{"Laplacian", "A filter that finds bends",
               "The four neighbours less **four times** the pixel. On flat areas and on even slopes that is 0; at the "
               "two sides of an edge it is positive, then negative."},
    FilterText{
        "Sobel x", "A filter that finds edges",
        "Sobel x subtracts the **left** column from the **right** one. Where both are equal the sum is 0, white. "
        "Bright to dark is **blue**, dark to bright is **orange**; edges that run from left to right stay 0."},
    FilterText{
        "Sobel y", "A filter that finds level edges",
        "Sobel y subtracts the **upper** row from the **lower** one: edges that run from left to right light up, "
        "upright ones stay 0. It is Sobel x, turned by a quarter."},
    FilterText{"Prewitt x", "A filter that finds edges",
               "The right column less the left one, as Sobel x, but the three rows count **the same**: a little more "
               "noise, a little simpler."},
    FilterText{"Prewitt y", "A filter that finds level edges",
               "The lower row less the upper one; the three columns count **the same**."},
    FilterText{
        "Emboss", "A filter that lights from a corner",
        "What is below and to the right counts, what is above and to the left is subtracted, and the weights sum "
        "to **1**: edges look as if light fell on them from one corner."},
    FilterText{"1 0 -1", "The smallest edge filter",
               "The left neighbour less the right one. Three weights are enough to see an upright edge: one "
               "**difference** a pixel."},
    FilterText{
        "Custom", "Your own filter",
        "Negative weights are blue, positive ones orange. A filter whose weights sum to **0** answers nothing on "
        "flat areas; one whose weights sum to **1** keeps the brightness."},
};

struct BorderText {
  Border border;
  std::string_view heading, text;
};
constexpr std::array kBorders{
    BorderText{Border::kZero, "Black around the picture",
               "Windows at the edge reach beyond the picture. **Zero** reads 0 there, as most networks do: cheap, but "
               "edge filters see an edge all around the picture."},
    BorderText{Border::kClamp, "The edge goes on",
               "Windows at the edge reach beyond the picture. **Clamp** reads the nearest pixel that there is: the "
               "picture seems to go on as its edge is, and no false edge appears."},
    BorderText{Border::kMirror, "The picture turns back at its edge",
               "Windows at the edge reach beyond the picture. **Mirror** reads the pixel as far inside as the place is "
               "outside; the edge pixel itself is not repeated."},
};

std::string count_text(std::uint64_t number) {
  return with_thousands(static_cast<long long>(number));
}

convolution::Size size_of(const ConvolveView& view, int stage) {
  if (!view.frame || stage < 0 || static_cast<std::size_t>(stage) >= view.frame->run.sizes.size()) return {};
  return view.frame->run.sizes[static_cast<std::size_t>(stage)];
}

// Of the launch that wrote the stage's output.
std::string threads_text(const ConvolveView& view, int stage) {
  const convolution::LaunchInfo* launch = view.frame ? convolution::writer_of(view.frame->run, stage) : nullptr;
  if (launch == nullptr) return "";
  const auto size = size_of(view, stage);
  const auto sums = static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height) *
                    static_cast<std::uint64_t>(size.planes);
  const std::uint64_t threads = launch->grid.count() * launch->block.count();
  std::string text =
      fmt::format("All {} sums are independent, so **{} threads** share them", count_text(sums), count_text(threads));
  if (threads > sums) text += ", a few of which lie beyond the edge and do nothing";
  if (launch->outputs_per_thread > 1) text += fmt::format(": {} outputs each", launch->outputs_per_thread);
  return text + ".";
}

bool same_when_flipped(const Stage& stage) {
  return std::ranges::all_of(stage.filters, [](const convolution::Filter& filter) {
    return convolution::flipped(filter).weights == filter.weights;
  });
}

std::string name_of_flip(const Stage& stage) {
  if (!same_when_flipped(stage)) {
    return "Deep-learning books call this a convolution. Strictly it is a **cross-correlation**: a convolution flips "
           "the filter first.";
  }
  return "Strictly this is a **cross-correlation**; a convolution flips the filter first. This filter is the same when "
         "it is flipped, so here both give the same.";
}

std::string seen_in(const Stage& stage) {
  if (stage.kind == StageKind::kMagnitude) {
    return "Two filters see the edges of two directions. The **root of the sum of their squares** is how strong the "
           "edge is, whichever way it runs; its sign is lost.";
  }
  if (stage.filters.size() > 1) {
    return fmt::format(
        "**{} filters** lie over the same window and make as many pictures. In a network's first layer it is the same, "
        "but nobody chooses the weights: they are learned.",
        stage.filters.size());
  }
  const FilterText* found = filter_text(stage.filters.front().name);
  return std::string((found == nullptr ? kFilters.back() : *found).text);
}

std::string heading_of(const Stage& stage) {
  if (stage.kind == StageKind::kMagnitude) return "How strong an edge is";
  if (stage.filters.size() > 1) return "A bank of filters";
  const FilterText* found = filter_text(stage.filters.front().name);
  return std::string((found == nullptr ? kFilters.back() : *found).heading);
}

ConvolveExplanation about_filter(const ConvolveView& view, const Settings& settings, int stage) {
  const Stage& of = settings.chain[static_cast<std::size_t>(stage)];
  ConvolveExplanation e;
  if (of.kind == StageKind::kRelu) {
    e.heading = "What is negative becomes 0";
    e.text =
        "**ReLU** lets positive values through and cuts the rest. Between two filters it is what makes a network "
        "more than one large filter.";
    e.formula = "out_{x,y} = max(0, in_{x,y})";
    return e;
  }
  if (of.kind == StageKind::kMaxPool) {
    e.heading = "Half as wide, half as high";
    e.text =
        "Of each **2 × 2** pixels the largest stays. What a filter found is kept, but where exactly is forgotten: "
        "that makes a network forgiving of small shifts.";
    e.formula = "out_{x,y} = max(in_{2x,2y}, in_{2x+1,2y}, in_{2x,2y+1}, in_{2x+1,2y+1})";
    return e;
  }
  const int size = of.filters.front().size;
  e.heading = heading_of(of);
  e.text = fmt::format(
      "The {} filter is laid over every pixel of the picture. {} products, one sum: **one output "
      "pixel**. {}",
      size_text(size, size), size * size == 9 ? std::string("Nine") : std::to_string(size * size),
      threads_text(view, stage));
  e.formula = convolve_formula(of);
  e.more = seen_in(of);
  e.last = name_of_flip(of);
  return e;
}

ConvolveExplanation about_chain(const ConvolveView& view, const Settings& settings) {
  ConvolveExplanation e;
  e.heading = settings.chain.size() == 1 ? "A chain of one" : "One stage feeds the next";
  e.text =
      "What comes out of a stage is what the next one reads. A filter, **ReLU** and **max pool** again and again: "
      "that is a convolutional network, here by hand.";
  std::string sizes;
  for (std::size_t i = 0; view.frame && i < view.frame->run.sizes.size(); ++i) {
    const auto& size = view.frame->run.sizes[i];
    sizes += (i == 0 ? "" : ", then ") + size_text(size.width, size.height, size.planes);
  }
  if (!sizes.empty()) e.more = fmt::format("Here it makes {} values.", sizes);
  e.last = "Click a stage to see its output and to change its filter.";
  return e;
}

ConvolveExplanation about_border(const Settings& settings, int stage) {
  const Stage& of = settings.chain[static_cast<std::size_t>(stage)];
  const auto* found = std::ranges::find(kBorders, of.border, &BorderText::border);
  ConvolveExplanation e;
  e.heading = found->heading;
  e.text = found->text;
  const int around = convolution::padding_of(of);
  e.more = fmt::format("**{} pixel{}** of padding are assumed around the picture.", around, around == 1 ? "" : "s");
  if (around == 0) e.more = "**No padding**: only windows that lie inside the picture count, so the output is smaller.";
  if (of.stride > 1) e.last = fmt::format("With stride {} the window moves on by {} pixels.", of.stride, of.stride);
  return e;
}

ConvolveExplanation about_variants(const ConvolveView& view, const Settings& settings) {
  ConvolveExplanation e;
  e.heading = "Same sums, other roads";
  e.text =
      "All ways compute **the same numbers**. What differs is where they fetch them: memory moves in **sectors of "
      "32 bytes**, and a warp waits for all sectors that its 32 lanes touch.";
  const VariantTable table = variant_table(view, settings);
  e.more = table.sentence;
  e.last = "Requests, sectors, wavefronts and instructions are **counted** on a virtual GPU; the time is taken here.";
  return e;
}

ConvolveExplanation about_threads(const ConvolveView& view, const Settings& settings, int stage) {
  ConvolveExplanation e;
  const auto threads = settings.block.count();
  e.heading = "A block is a team";
  e.text = fmt::format(
      "A block of **{} × {} = {} threads** runs on one SM, as {} warp{} of 32. Its threads share a "
      "memory; threads of other blocks do not see it.",
      settings.block.x, settings.block.y, threads, (threads + 31) / 32, threads > 32 ? "s" : "");
  e.more = settings.block.x % 32 == 0
               ? "A row of the block is whole **warps**: 32 neighbours of the picture in one request."
               : fmt::format(
                     "A row of the block has **{} threads**: a warp covers {} rows of the picture, and touches "
                     "that many separate places.",
                     settings.block.x, std::max<std::uint32_t>(1, (32 + settings.block.x - 1) / settings.block.x));
  e.last = threads_text(view, stage);
  return e;
}

ConvolveExplanation about_picture(const ConvolveView& view) {
  ConvolveExplanation e;
  e.heading = view.title.empty() ? "A picture is numbers" : view.title;
  e.text =
      "A picture is a **table of numbers**: 0 is black, 255 white. In colour there are three tables, red, green "
      "and blue, and the filter goes over each.";
  if (view.frame) {
    const auto& input = *view.frame->input;
    e.more = fmt::format("This one has **{}** values.", size_text(input.width, input.height, input.planes));
  }
  e.last = "Drop any PNG, JPEG or BMP here. **Drawing** is the digit on Learn's pad, live.";
  return e;
}

ConvolveExplanation about_textbook() {
  ConvolveExplanation e;
  e.heading = "As in the textbook";
  e.text =
      "Small matrices, every sum **written out**. Point at a cell of the result and see what it is made of; type "
      "your own numbers into the fields.";
  e.more =
      "One cell of the result is what **one thread** computes: here a handful, in a picture hundreds of thousands.";
  return e;
}

std::string sign_of(int value) {
  return value < 0 ? fmt::format("-{}", -value) : fmt::format("+{}", value);
}

// Numbers that were counted here, or nothing.
std::vector<std::string> tries_of(const ConvolveView& view, const Settings& settings, int stage) {
  std::vector<std::string> tries;
  const Stage& of = settings.chain[static_cast<std::size_t>(stage)];
  if (of.kind == StageKind::kFilter && of.filters.size() == 1 && of.filters.front().name == "Sobel x" &&
      of.filters.front().size == 3) {
    tries.emplace_back(
        "Drag the right middle cell to **0**: the sum is no longer 0, so flat areas are no longer white.");
  }
  const Variant other = settings.variant == Variant::kNaive ? Variant::kTiled : Variant::kNaive;
  const auto* now = report_of(view, settings, settings.variant);
  const auto* then = report_of(view, settings, other);
  if (now != nullptr && then != nullptr) {
    const bool grows = then->counts->sectors > now->counts->sectors;
    tries.push_back(fmt::format("Switch to **{}** and watch the sectors {} from {} to {}.",
                                convolution::title_of(other), grows ? "grow" : "shrink",
                                count_text(now->counts->sectors), count_text(then->counts->sectors)));
  }
  if (tries.empty()) tries.emplace_back("Drag a cell of the filter up or down: the output follows at once.");
  return tries;
}

}  // namespace

const FilterText* filter_text(std::string_view name) {
  const auto* const found = std::ranges::find(kFilters, name, &FilterText::name);
  return found == kFilters.end() ? nullptr : found;
}

std::string convolve_formula(const Stage& stage) {
  if (stage.filters.empty()) return "";
  const int reach = stage.filters.front().size / 2;
  const std::string step = stage.stride == 1 ? "" : std::to_string(stage.stride);
  const std::string wide = stage.dilation == 1 ? "" : std::to_string(stage.dilation);
  // Without padding the window's first pixel is the output's own place.
  const int shift = stage.dilation * reach - convolution::padding_of(stage);
  const std::string moved = shift == 0 ? "" : sign_of(shift);
  return fmt::format("out_{{x,y}} = \\Sigma_{{u,v = {}}} w_{{u,v}} in_{{{}x+{}u{}, {}y+{}v{}}}",
                     reach == 0 ? std::string("0") : fmt::format("-{}…{}", reach, reach), step, wide, moved, step, wide,
                     moved);
}

ConvolveExplanation explain_convolve(const ConvolveView& view, const Settings& settings, int stage,
                                     std::string_view about) {
  ConvolveExplanation e;
  if (settings.chain.empty()) return e;
  const int within = std::clamp(stage, 0, static_cast<int>(settings.chain.size()) - 1);
  if (about == "chain") {
    e = about_chain(view, settings);
  } else if (about == "border" && has_filters(settings.chain[static_cast<std::size_t>(within)])) {
    e = about_border(settings, within);
  } else if (about == "variants") {
    e = about_variants(view, settings);
  } else if (about == "threads") {
    e = about_threads(view, settings, within);
  } else if (about == "picture") {
    e = about_picture(view);
  } else if (about == "textbook") {
    e = about_textbook();
  } else {
    e = about_filter(view, settings, within);
  }
  if (about == "textbook") {
    e.tries = {
        "Go through it with **Next cell**: no cell needs another one. That is why each can be a thread of its own.",
        "Type other numbers into the fields, and work a cell out before you look."};
  } else {
    e.tries = tries_of(view, settings, within);
  }
  return e;
}

}  // namespace warpscope::panels

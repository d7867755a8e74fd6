// training/onednn_plan.h: a network as lists of oneDNN primitives for one batch size. Floor 4. Owned by the CPU back
// end.
#pragma once

#include <cstdint>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <vector>

#include "compute/training/network.h"

namespace warpscope::training {

// The numbers of one layer's weights (or biases) in the layout oneDNN likes best, with room for gradient and moments.
// All of a network's tensors lie one after the other in four flat arrays, so that an update is one pass.
struct TensorPlace {
  dnnl::memory::desc native;  // layout of parameters, gradients and moments
  dnnl::memory::desc plain;   // PyTorch's layout
  std::size_t offset = 0;     // floats from the start of each flat array
  std::size_t size = 0;       // floats, padding of the layout included
};

struct LayerPlace {
  int layer = 0;  // index into NetworkSpec::layers
  TensorPlace weight;
  TensorPlace bias;
};

// Where the network's parameters lie; decided once, by the plan of the training batch, and shared by every other plan.
struct ParameterLayout {
  std::vector<LayerPlace> layers;
  std::size_t size = 0;  // floats of one flat array
};

// One step of a pass, with its memories bound: a oneDNN primitive, or a loop of ours.
using Operation = std::function<void(dnnl::stream&)>;

struct Plan {
  int batch = 0;
  dnnl::memory input;        // handle is set before each use
  dnnl::memory logits;       // (batch, 10)
  dnnl::memory logits_diff;  // (batch, 10): gradient of the loss, filled between the two lists
  std::vector<Operation> forward;
  std::vector<Operation> backward;
};

// Flat arrays a plan binds its primitives to; must outlive it.
struct ParameterArrays {
  float* values = nullptr;
  float* gradients = nullptr;
};

// Asks oneDNN which layouts it prefers for this batch.
ParameterLayout choose_layout(const dnnl::engine& engine, const NetworkSpec& network, int batch);
Plan make_plan(const dnnl::engine& engine, const NetworkSpec& network, int batch, const ParameterLayout& layout,
               ParameterArrays arrays);

}  // namespace warpscope::training

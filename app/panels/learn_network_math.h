// panels/learn_network_math.h: the numbers behind one cell of the network picture, without drawing. Floor 7. Pure.
#pragma once

#include <vector>

#include "app/panels/focus.h"
#include "compute/session/learn_view.h"

namespace warpscope::panels {

// True where the network has what the focus names (it may be a focus of the network before).
bool is_in(const training::NetworkSpec& network, const Focus& focus);

// The number shown for this focus: after the activation function; a probability for an output.
float shown_value(const session::Probe& probe, const Focus& focus);

// One pixel of a convolution's map. window, filter and products are of one channel: the one that gives most.
struct ConvSum {
  int size = 0;  // side of the filter
  int channels = 0;
  int channel = 0;
  std::vector<float> window, filter, products;  // (size, size)
  float channel_sum = 0;
  float sum = 0;  // over all channels
  float bias = 0;
  float result = 0;   // after the activation function
  float largest = 1;  // of the layer
};
ConvSum conv_sum(const session::Probe& probe, const Focus& map_pixel);

struct PoolSum {
  int size = 0;
  std::vector<float> values;              // (size, size)
  int winner = 0;                         // index into values
  int winner_row = 0, winner_column = 0;  // in the map below
  float value = 0;
  float largest = 1;
};
PoolSum pool_sum(const session::Probe& probe, const Focus& pool_pixel);

struct DenseTerm {
  int input = 0;
  float activation = 0, weight = 0, product = 0;
};
// One unit or output.
struct DenseSum {
  int inputs = 0;
  std::vector<DenseTerm> strongest;  // by size, up to `terms`
  float sum = 0;                     // over all inputs
  float bias = 0;
  float result = 0;   // after the activation function; the probability of an output
  float largest = 1;  // of the layer; 1 for an output
};
DenseSum dense_sum(const session::Probe& probe, const Focus& unit_or_output, int terms);

}  // namespace warpscope::panels

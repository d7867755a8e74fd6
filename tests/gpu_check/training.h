// tests/gpu_check/training.h: networks trained on the GPU, for the sections about training.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/training/trainer.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {

// What is trained with. Where a GPU is only pretended a few pictures do.
struct TrainingData {
  std::filesystem::path folder;  // of the data set
  std::shared_ptr<const training::Dataset> train, test;
  int batch = 64;
  int epochs = 5;
};
base::Result<TrainingData> read_training_data(Figures figures);

struct Trained {
  double seconds = 0;  // of training: evaluations and the making of the back end are not in it
  double samples_per_second = 0;
  double accuracy = 0;  // of the test set, 0..1
  training::PhaseTimes phases;
};
// A whole run. The error says what went wrong.
base::Result<Trained> train_run(const training::TrainerSettings& settings, const TrainingData& data);
training::TrainerSettings run_settings(const training::NetworkSpec& network, training::Precision precision,
                                       const TrainingData& data);

// Bytes of this process in memory.
std::size_t resident_bytes();

// PyTorch, where some python3 here has it with CUDA.
struct PyTorchTime {
  std::string mode;     // "eager" "graph" "compile"; empty: nothing of it ran
  double seconds = 0;   // of an epoch
  std::string skipped;  // why there is no time
};
std::vector<PyTorchTime> time_pytorch(const TrainingData& data, std::string_view network, Figures figures);

// A product of matrices by cuBLAS, seconds; the error says why it cannot be had. out (samples, units) =
// in (samples, inputs) * weights (units, inputs), f32.
base::Result<double> time_cublas(device::CudaDevice& gpu, int samples, int inputs, int units);

}  // namespace warpscope::gpu_check

// Functions that the driver brings along, as kernels use them: written for the tests of compute/vgpu/intrinsics.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

extern "C" __global__ void print_numbers(int* results) {
  if (threadIdx.x == 3) {
    results[0] = printf("%d %i %u %x %X %o %c|%5d|%-5d|%05d|%+d\n", -7, 8, 4000000000u, 255, 255, 8, 'z', 42, 42, 42, 42);
    results[1] = printf("%lld %llx %lu %f %.3f %e %g %a\n", -5000000000ll, 0x123456789abcdefull, 1ul << 40, 1.5, 2.0 / 3,
                        12345.678, 1e-9, 0.75f);
    results[2] = printf("%s and %s, %10s|%.2s|%%|%*d|%.*f\n", "text", "more", "right", "cut", 6, 7, 1, 3.14159);
    results[3] = printf("no arguments\n");
    results[4] = printf("%p %hd %hhu %zu\n", (void*)0x7f00, 70000, 300, sizeof(double));
  }
}

extern "C" __global__ void print_lanes() {
  if (threadIdx.x % 2 == 1) printf("block %d lane %u\n", blockIdx.x, threadIdx.x);
}

// Each thread builds a list of its own on the device's heap, and takes it apart again.
struct Node {
  int value;
  Node* next;
};

extern "C" __global__ void lists(int* sums, int length) {
  Node* head = nullptr;
  for (int i = 0; i < length; ++i) {
    Node* node = static_cast<Node*>(malloc(sizeof(Node)));
    if (node == nullptr) break;
    node->value = static_cast<int>(threadIdx.x) * 100 + i;
    node->next = head;
    head = node;
  }
  int sum = 0;
  while (head != nullptr) {
    Node* next = head->next;
    sum += head->value;
    free(head);
    head = next;
  }
  free(nullptr);
  sums[threadIdx.x] = sum;
}

extern "C" __global__ void free_twice(int* x) {
  int* p = static_cast<int*>(malloc(64));
  p[0] = *x;
  *x = p[0] + 1;
  free(p);
  free(p);
}

extern "C" __global__ void check_values(const int* values, int* reached) {
  const int i = threadIdx.y * blockDim.x + threadIdx.x;
  assert(values[i] < 100);
  reached[i] = 1;
}

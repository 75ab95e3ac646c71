// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.github.sr4j.onnx.shared.ObstacleException;

/** The devices of Vulkan's drivers, as this process sees them. */
final class Vulkan {

  /** The name of Vulkan's loader on Linux. */
  static final String LOADER = "libvulkan.so.1";

  /**
   * A device.
   *
   * @param driver the version of its driver, in the maker's own numbers
   * @param isProcessor whether the driver computes on the processor
   */
  record Card(String name, int maker, int driver, boolean isProcessor) {}

  private static final int CREATE_INFO = 64; // bytes of VkInstanceCreateInfo
  private static final int TYPE_OF_CREATE_INFO = 1; // VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
  private static final int PROPERTIES = 1024; // more than VkPhysicalDeviceProperties takes
  private static final int DRIVER = 4; // places of its fields
  private static final int MAKER = 8;
  private static final int TYPE = 16;
  private static final int NAME = 20;
  private static final int TYPE_PROCESSOR = 4; // VK_PHYSICAL_DEVICE_TYPE_CPU
  private static final int INCOMPATIBLE_DRIVER = -9; // VK_ERROR_INCOMPATIBLE_DRIVER
  private static final int INCOMPLETE = 5; // VK_INCOMPLETE
  private static final String NO_DRIVER =
      "Vulkan finds no driver of a graphics card: install that of its maker (on Debian and Ubuntu"
          + " mesa-vulkan-drivers for AMD and Intel), and in a container pass on /dev/dri, or"
          + " NVIDIA's driver with its container toolkit";

  private Vulkan() {}

  /**
   * Returns the devices.
   *
   * @param loader the name of the library of Vulkan's loader
   * @throws ObstacleException if there is no loader or no device
   */
  static ImmutableList<Card> cards(String loader) throws ObstacleException {
    NativeLibrary library = library(loader);
    Memory info = new Memory(CREATE_INFO);
    info.clear();
    info.setInt(0, TYPE_OF_CREATE_INFO);
    PointerByReference created = new PointerByReference();
    int result = call(library, "vkCreateInstance", info, Pointer.NULL, created);
    if (result == INCOMPATIBLE_DRIVER) {
      throw new ObstacleException(NO_DRIVER);
    }
    requireSuccess("vkCreateInstance", result);
    Pointer instance = created.getValue();
    try {
      return cards(library, instance);
    } finally {
      library.getFunction("vkDestroyInstance").invokeVoid(new Object[] {instance, Pointer.NULL});
    }
  }

  private static ImmutableList<Card> cards(NativeLibrary library, Pointer instance)
      throws ObstacleException {
    String list = "vkEnumeratePhysicalDevices";
    IntByReference count = new IntByReference();
    requireSuccess(list, call(library, list, instance, count, Pointer.NULL));
    if (count.getValue() == 0) {
      throw new ObstacleException(NO_DRIVER);
    }
    Memory devices = new Memory((long) count.getValue() * Native.POINTER_SIZE);
    int result = call(library, list, instance, count, devices);
    requireSuccess(list, result == INCOMPLETE ? 0 : result); // one was plugged in meanwhile
    ImmutableList.Builder<Card> cards = ImmutableList.builder();
    Memory properties = new Memory(PROPERTIES);
    for (int i = 0; i < count.getValue(); i++) {
      Pointer device = devices.getPointer((long) i * Native.POINTER_SIZE);
      properties.clear();
      library
          .getFunction("vkGetPhysicalDeviceProperties")
          .invokeVoid(new Object[] {device, properties});
      cards.add(
          new Card(
              properties.getString(NAME, UTF_8.name()),
              properties.getInt(MAKER),
              properties.getInt(DRIVER),
              properties.getInt(TYPE) == TYPE_PROCESSOR));
    }
    return cards.build();
  }

  private static NativeLibrary library(String loader) throws ObstacleException {
    try {
      return NativeLibrary.getInstance(loader);
    } catch (UnsatisfiedLinkError e) {
      throw new ObstacleException(
          String.format(
              "there is no %s, the loader of Vulkan: install it (libvulkan1 on Debian and Ubuntu,"
                  + " vulkan-loader on Fedora) with the Vulkan driver of the graphics card",
              loader));
    }
  }

  private static int call(NativeLibrary library, String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  private static void requireSuccess(String function, int result) throws ObstacleException {
    if (result != 0) {
      throw new ObstacleException(
          String.format("Vulkan's %s fails with the error %s", function, result));
    }
  }
}

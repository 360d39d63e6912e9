package io.semblance.embedding.model;

import io.semblance.embedding.model.ModelPackage.Network;
import io.semblance.embedding.model.NetworkFile.Port;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.Layout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The shape of a network's input. */
final class InputShape {
  private InputShape() {}

  /**
   * Refuses a recipe whose input the network does not take. Exports declare wrong sizes of outputs,
   * but those of fixed inputs are kept by the engines.
   *
   * @param directory the package
   * @param describedBy the file that the recipe is from
   */
  static void require(Path directory, Network network, ImageRecipe recipe, Path describedBy) {
    List<NetworkFile> declared =
        NetworkSearch.at(network.engine(), network.path(), directory.resolve(network.path()));
    for (NetworkFile file : declared) {
      Optional<Port> input = file.input(network.input());
      if (input.isEmpty() || !Objects.equals(file.signature(), network.signature())) {
        continue;
      }
      boolean planes = network.layout() == Layout.NCHW;
      long[] wanted =
          planes
              ? new long[] {-1, 3, recipe.height(), recipe.width()}
              : new long[] {-1, recipe.height(), recipe.width(), 3};
      for (int axis = 0; axis < wanted.length; axis++) {
        long length = input.get().length(axis);
        if (length >= 0 && length != wanted[axis]) {
          throw new InvalidModelException(
              "%s takes \"%s\" of shape %s, but by %s its input is %s, -1 for any batch: correct one of the two"
                  .formatted(
                      directory.resolve(network.path()),
                      network.input(),
                      input.get().shape(),
                      describedBy,
                      Arrays.toString(wanted)));
        }
      }
    }
  }
}

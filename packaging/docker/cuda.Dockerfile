# SPDX-License-Identifier: Apache-2.0
#
# The command line with its own Java runtime, on NVIDIA cards. From the root of a clone, after
# `mvn -Pbundle,onnx-cuda -DskipTests package` with a JDK of Temurin, and
# `mvn -Ponnx-cuda -pl sr-onnx-cuda-linux dependency:copy-dependencies -DincludeScope=runtime`:
#
#   docker build -f packaging/docker/cuda.Dockerfile -t sr4j-cuda .
#   docker run --rm --gpus all -v sr4j-cache:/home/sr4j/.cache -v "$PWD:/work" sr4j-cuda upscale photo.jpg photo-x2.png
#
# The volume keeps the 2 GB of libraries that the first start unpacks.
FROM debian:bookworm-slim

ADD sr-cli/target/sr4j-*-linux-x86_64-with-java.tar.gz /opt/
RUN ln -s /opt/sr4j-*/bin/sr4j /usr/local/bin/sr4j && ln -s /opt/sr4j-*/lib /opt/lib
COPY sr-onnx-cuda-linux/target/sr-onnx-cuda-linux-*[!cs].jar \
     sr-onnx-cuda-linux/target/dependency/sr-onnx-cuda-*.jar \
     sr-onnx-cuda-linux/target/dependency/cuda-redist*.jar \
     sr-onnx-cuda-linux/target/dependency/jna-*.jar /opt/lib/

ENV MALLOC_ARENA_MAX=2 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN useradd --create-home sr4j && mkdir /home/sr4j/.cache && chown sr4j /home/sr4j/.cache
USER sr4j
WORKDIR /work
ENTRYPOINT ["sr4j"]

<?xml version="1.0" encoding="UTF-8"?>
<!-- A small building of two storeys, drawn for the examples of jikimi: nobody's. -->
<core:IndoorFeatures xmlns:core="http://www.opengis.net/indoorgml/1.0/core"
    xmlns:navi="http://www.opengis.net/indoorgml/1.0/navigation"
    xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink"
    gml:id="hall">
  <gml:name>작은 회관</gml:name>
  <core:primalSpaceFeatures>
    <core:PrimalSpaceFeatures gml:id="PS1">
      <core:cellSpaceMember>
        <navi:AnchorSpace gml:id="C1">
          <gml:name>현관</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P1">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      0 0 0 4 0 0 4 6 0 0 6 0 0 0 0
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S1"/>
          <navi:function>lobby</navi:function>
        </navi:AnchorSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:TransitionSpace gml:id="C2">
          <gml:name>Corridor 1</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P2">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      4 2 0 16 2 0 16 4 0 4 4 0 4 2 0
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S2"/>
          <navi:function>corridor</navi:function>
        </navi:TransitionSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:GeneralSpace gml:id="C3">
          <gml:name>Office</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P3">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      4 4 0 12 4 0 12 10 0 4 10 0 4 4 0
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S3"/>
          <navi:function>room</navi:function>
        </navi:GeneralSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:GeneralSpace gml:id="C4">
          <gml:name>계단실</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P4">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      16 0 0 20 0 0 20 6 0 16 6 0 16 0 0
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S4"/>
          <navi:function>staircase</navi:function>
        </navi:GeneralSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:GeneralSpace gml:id="C5">
          <gml:name>계단실</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P5">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      16 0 3.6 20 0 3.6 20 6 3.6 16 6 3.6 16 0 3.6
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S5"/>
          <navi:function>staircase</navi:function>
        </navi:GeneralSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:TransitionSpace gml:id="C6">
          <gml:name>Corridor 2</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P6">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      4 2 3.6 16 2 3.6 16 4 3.6 4 4 3.6 4 2 3.6
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S6"/>
          <navi:function>corridor</navi:function>
        </navi:TransitionSpace>
      </core:cellSpaceMember>
      <core:cellSpaceMember>
        <navi:GeneralSpace gml:id="C7">
          <gml:name>Meeting room</gml:name>
          <core:cellSpaceGeometry>
            <core:Geometry2D>
              <gml:Polygon gml:id="P7">
                <gml:exterior>
                  <gml:LinearRing>
                    <gml:posList srsDimension="3">
                      4 4 3.6 12 4 3.6 12 10 3.6 4 10 3.6 4 4 3.6
                    </gml:posList>
                  </gml:LinearRing>
                </gml:exterior>
              </gml:Polygon>
            </core:Geometry2D>
          </core:cellSpaceGeometry>
          <core:duality xlink:href="#S7"/>
          <navi:function>room</navi:function>
        </navi:GeneralSpace>
      </core:cellSpaceMember>
      <core:cellSpaceBoundaryMember>
        <navi:ConnectionBoundary gml:id="B1">
          <core:cellSpaceBoundaryGeometry>
            <core:geometry2D>
              <gml:LineString gml:id="B1-line">
                <gml:pos>4 2.1 0</gml:pos>
                <gml:pos>4 3.9 0</gml:pos>
              </gml:LineString>
            </core:geometry2D>
          </core:cellSpaceBoundaryGeometry>
        </navi:ConnectionBoundary>
      </core:cellSpaceBoundaryMember>
      <core:cellSpaceBoundaryMember>
        <navi:ConnectionBoundary gml:id="B2">
          <core:cellSpaceBoundaryGeometry>
            <core:geometry2D>
              <gml:LineString gml:id="B2-line">
                <gml:pos>7.55 4 0</gml:pos>
                <gml:pos>8.45 4 0</gml:pos>
              </gml:LineString>
            </core:geometry2D>
          </core:cellSpaceBoundaryGeometry>
        </navi:ConnectionBoundary>
      </core:cellSpaceBoundaryMember>
      <core:cellSpaceBoundaryMember>
        <navi:ConnectionBoundary gml:id="B3">
          <core:cellSpaceBoundaryGeometry>
            <core:geometry2D>
              <gml:LineString gml:id="B3-line">
                <gml:pos>7.5 4 3.6</gml:pos>
                <gml:pos>8.5 4 3.6</gml:pos>
              </gml:LineString>
            </core:geometry2D>
          </core:cellSpaceBoundaryGeometry>
        </navi:ConnectionBoundary>
      </core:cellSpaceBoundaryMember>
    </core:PrimalSpaceFeatures>
  </core:primalSpaceFeatures>
  <core:multiLayeredGraph>
    <core:MultiLayeredGraph gml:id="MG1">
      <core:spaceLayers gml:id="SL1">
        <core:spaceLayerMember>
          <core:SpaceLayer gml:id="L1">
            <core:nodes gml:id="N1">
              <core:stateMember>
                <core:State gml:id="S1">
                  <core:duality xlink:href="#C1"/>
                  <core:connects xlink:href="#T1"/>
                  <core:geometry>
                    <gml:Point gml:id="S1-at">
                      <gml:pos>2 3 1</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S2">
                  <core:duality xlink:href="#C2"/>
                  <core:connects xlink:href="#T1"/>
                  <core:connects xlink:href="#T2"/>
                  <core:connects xlink:href="#T3"/>
                  <core:geometry>
                    <gml:Point gml:id="S2-at">
                      <gml:pos>10 3 1</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S3">
                  <core:duality xlink:href="#C3"/>
                  <core:connects xlink:href="#T2"/>
                  <core:geometry>
                    <gml:Point gml:id="S3-at">
                      <gml:pos>8 7 1</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S4">
                  <core:duality xlink:href="#C4"/>
                  <core:connects xlink:href="#T3"/>
                  <core:connects xlink:href="#T4"/>
                  <core:geometry>
                    <gml:Point gml:id="S4-at">
                      <gml:pos>18 3 1</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S5">
                  <core:duality xlink:href="#C5"/>
                  <core:connects xlink:href="#T4"/>
                  <core:connects xlink:href="#T5"/>
                  <core:geometry>
                    <gml:Point gml:id="S5-at">
                      <gml:pos>18 3 4.6</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S6">
                  <core:duality xlink:href="#C6"/>
                  <core:connects xlink:href="#T5"/>
                  <core:connects xlink:href="#T6"/>
                  <core:geometry>
                    <gml:Point gml:id="S6-at">
                      <gml:pos>10 3 4.6</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
              <core:stateMember>
                <core:State gml:id="S7">
                  <core:duality xlink:href="#C7"/>
                  <core:connects xlink:href="#T6"/>
                  <core:geometry>
                    <gml:Point gml:id="S7-at">
                      <gml:pos>8 7 4.6</gml:pos>
                    </gml:Point>
                  </core:geometry>
                </core:State>
              </core:stateMember>
            </core:nodes>
            <core:edges gml:id="E1">
              <core:transitionMember>
                <core:Transition gml:id="T1">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S1"/>
                  <core:connects xlink:href="#S2"/>
                  <core:duality xlink:href="#B1"/>
                  <core:geometry>
                    <gml:LineString gml:id="T1-line">
                      <gml:pos>2 3 1</gml:pos>
                      <gml:pos>4 3 1</gml:pos>
                      <gml:pos>10 3 1</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
              <core:transitionMember>
                <core:Transition gml:id="T2">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S2"/>
                  <core:connects xlink:href="#S3"/>
                  <core:duality xlink:href="#B2"/>
                  <core:geometry>
                    <gml:LineString gml:id="T2-line">
                      <gml:pos>10 3 1</gml:pos>
                      <gml:pos>8 4 1</gml:pos>
                      <gml:pos>8 7 1</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
              <core:transitionMember>
                <core:Transition gml:id="T3">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S2"/>
                  <core:connects xlink:href="#S4"/>
                  <core:geometry>
                    <gml:LineString gml:id="T3-line">
                      <gml:pos>10 3 1</gml:pos>
                      <gml:pos>16 3 1</gml:pos>
                      <gml:pos>18 3 1</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
              <core:transitionMember>
                <core:Transition gml:id="T4">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S4"/>
                  <core:connects xlink:href="#S5"/>
                  <core:geometry>
                    <gml:LineString gml:id="T4-line">
                      <gml:pos>18 3 1</gml:pos>
                      <gml:pos>18 3 4.6</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
              <core:transitionMember>
                <core:Transition gml:id="T5">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S5"/>
                  <core:connects xlink:href="#S6"/>
                  <core:geometry>
                    <gml:LineString gml:id="T5-line">
                      <gml:pos>18 3 4.6</gml:pos>
                      <gml:pos>16 3 4.6</gml:pos>
                      <gml:pos>10 3 4.6</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
              <core:transitionMember>
                <core:Transition gml:id="T6">
                  <core:weight>1</core:weight>
                  <core:connects xlink:href="#S6"/>
                  <core:connects xlink:href="#S7"/>
                  <core:duality xlink:href="#B3"/>
                  <core:geometry>
                    <gml:LineString gml:id="T6-line">
                      <gml:pos>10 3 4.6</gml:pos>
                      <gml:pos>8 4 4.6</gml:pos>
                      <gml:pos>8 7 4.6</gml:pos>
                    </gml:LineString>
                  </core:geometry>
                </core:Transition>
              </core:transitionMember>
            </core:edges>
          </core:SpaceLayer>
        </core:spaceLayerMember>
      </core:spaceLayers>
    </core:MultiLayeredGraph>
  </core:multiLayeredGraph>
</core:IndoorFeatures>
